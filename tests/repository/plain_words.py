"""The words that no person may read in any language, because only the people who built the service know them.

The list follows the seed's table of what is never said (scripts, calls, settings by their technical names, raw
failures) and the rule that a vendor's codes and texts stay in the log. Which sentences there are is not here.
"""

import re
from collections.abc import Iterator

_LATIN = (
    "api|http|https|grpc|websocket|webhook|callback|endpoint|url|uri|dns|tcp|ssl|tls|cdn|oss|cors|csrf|ip|port|proxy|"
    "server|backend|frontend|database|sql|sqlite|redis|cache|queue|worker|daemon|cron|"
    "json|xml|yaml|html|payload|parameter|param|argument|attribute|field|schema|enum|boolean|string|integer|null|nan|"
    "undefined|base64|utf|mime|hash|regex|"
    "token|bearer|oauth|auth|authentication|authorization|unauthorized|credential|cookie|header|sdk|cli|"
    "script|automation|automate|poll|parse|retry|timeout|throttle|config|configuration|"
    "error|exception|traceback|stack|stacktrace|crash|bug|debug|"
    "async|sync|upstream|downstream|adapter|provider|vendor"
)
_LATIN_PHRASES = (
    "request id|task id|model id|user id|status code|resource status|rate limit|time out|timed out|"
    "bad request|not found|too many requests|access denied|service unavailable|connection refused|network error|"
    "content policy|prompt moderation|invalid product|insufficient points|internal|forbidden"
)
_HAN = (
    "接口|脚本|轮询|参数|令牌|密钥|报错|调用|请求|响应|返回码|返回值|服务器|服务端|客户端|后端|前端|后台|超时|端点|端口|"
    "错误|异常|堆栈|崩溃|调试|日志|代码|状态码|失败码|空值|字段|属性|载荷|负载|数据库|缓存|队列|线程|进程|配置|鉴权|代理|"
    "认证|授权|凭证|域名|编码|字符串|布尔|枚举|限流|熔断|重定向|协议|解析|自动化|异步|同步|回调|上游|下游|供应商|节点|模块"
)
_FOUND = (
    # Not \b: to that, a Chinese character beside a Latin letter is the same word.
    re.compile(rf"(?<![A-Za-z])(?:{_LATIN})(?:s|es|ed|d|ing)?(?![A-Za-z])", re.IGNORECASE),
    re.compile(rf"(?<![A-Za-z])(?:{_LATIN_PHRASES})(?![A-Za-z])", re.IGNORECASE),
    re.compile(_HAN),
    re.compile(r"[A-Za-z0-9]+_\w+|(?<![A-Za-z])[a-z]+[A-Z]\w*"),  # attribute_id, taskId
    re.compile(r"(?<![A-Za-z0-9])(?:[45]\d\d|[1-9]\d{3,})(?![A-Za-z0-9])"),  # 401, 6010: nobody can look them up
)
_NOT_WORDS = re.compile(r"\{[^{}]*\}|https://|imgnAI")
"""Placeholders are names for us, people have to type the start of an address as it is, and a service has its name."""


def technical(sentence: str) -> Iterator[str]:
    """Yield the words of a sentence that no person should read."""
    words = _NOT_WORDS.sub(" … ", sentence)
    for pattern in _FOUND:
        yield from pattern.findall(words)
