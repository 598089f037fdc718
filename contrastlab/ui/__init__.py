"""The page. The only folder that knows Gradio; nothing is computed here."""

import os

# Read by Gradio and the hub client while they are imported, so they must be set before.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
# With this variable Gradio lets every visitor run code.
os.environ.pop("GRADIO_VIBE_MODE", None)
