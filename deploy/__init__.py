"""What runs this program in AWS, and the same on one machine."""
