"""imgnAI Katana: pictures, videos and written answers for credits, over its public API."""
