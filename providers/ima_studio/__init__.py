"""IMA Studio: pictures, videos, music and speech for points, over its open API."""
