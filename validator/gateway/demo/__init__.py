"""The demo: a whole evening in a minute, with the real box office, gateway and lane."""
