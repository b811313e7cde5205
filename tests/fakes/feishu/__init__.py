"""Tests of the pretend Feishu: its own facts, and its conformance with the unmodified lark-oapi client."""
