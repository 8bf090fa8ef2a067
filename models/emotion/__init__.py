"""The emotion workbench: trains, exports, quantizes and measures the seven-class network."""
