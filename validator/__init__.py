"""May this ticket enter? The pure core; `gateway`, `upstreams` and `boxoffice` build on it."""
