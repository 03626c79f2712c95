"""What would keep this gateway from its work: beside a running one or without."""
