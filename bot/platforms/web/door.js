// The page that asks for the access code. What lies behind it is not here.

const page = JSON.parse(document.getElementById("page").textContent);
const complaint = document.getElementById("complaint");

document.getElementById("door").addEventListener("submit", async (event) => {
  event.preventDefault();
  complaint.hidden = true;
  try {
    const answer = await fetch("/door", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Limner-Page": page.token },
      body: JSON.stringify({ token: document.getElementById("token").value }),
    });
    if (answer.ok) {
      location.reload();
      return;
    }
    complaint.textContent = (await answer.json()).error;
  } catch {
    complaint.textContent = page.words.unreachable;
  }
  complaint.hidden = false;
});
