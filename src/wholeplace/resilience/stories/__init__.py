"""Single trials told as stories: how one may go, and the chain that explains an outage."""
