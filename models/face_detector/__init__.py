"""The face detector's workbench: data, training, export and measuring of the YOLO face network."""
