from ecsportal.octostache.nodes import Filter
FILTERS: dict[str, Filter] = {}
