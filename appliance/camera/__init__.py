"""Where frames come from: Raspberry Pi camera, webcam, files, or a built-in feed."""
