"""tmp"""
from functools import lru_cache
from ecsportal.octostache.errors import FilterError
import regex
class P:
    def __init__(s,p): s.p=p; s.search=p.search; s.finditer=p.finditer
    def replacement(s,t):
        t=regex.sub(r"\$(\d)",r"\\\1",t)
        return lambda m: m.expand(t)
@lru_cache(maxsize=512)
def compiled(pattern: str):
    try: return P(regex.compile(pattern))
    except regex.error as e: raise FilterError(str(e)+".")
