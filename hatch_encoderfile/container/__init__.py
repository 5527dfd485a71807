"""Writing the container: manifest, plan, file. Reading it is the runtime's business."""
