"""What films do to those who see them: the multimodal paper's network, the regressor that ships."""
