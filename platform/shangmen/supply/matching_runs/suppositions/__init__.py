"""What would follow if another supplier served a need: asked by a person, answered by a job."""
