"""The frame of every page: one style sheet in the page itself, and a policy that forbids the rest.

A page loads nothing, runs nothing and sends nothing: its Content-Security-Policy allows the style
sheet by its hash, and nothing else. It works from a folder, offline, on paper.
"""

import base64
import hashlib

# The pairs of colours have a contrast of 4.5 : 1 and more, in both themes; a test counts it.
STYLE = """
:root {
  color-scheme: light;
  --paper: #fffffc; --ink: #1f2328; --soft: #5b6168; --rule: #e2e2dc; --tint: #f5f5f0;
  --good: #006b4f; --bad: #a83f00; --link: #005a94; --odd: #8a1c5b; --bar: #0072b2;
  --serif: Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, serif;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    color-scheme: dark;
    --paper: #17191c; --ink: #e4e4df; --soft: #a3a8ad; --rule: #34383d; --tint: #1f2226;
    --good: #5cc9a2; --bad: #f59a5b; --link: #7dbbea; --odd: #eb94c4; --bar: #56a9dd;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; max-width: 46rem; padding: 3.5rem 1.25rem 4rem;
  background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.6 var(--serif); overflow-wrap: anywhere;
}
body.wide { max-width: 56rem; }
h1, h2, h3 { font-weight: 600; line-height: 1.25; text-wrap: balance; }
h1 { font-size: 2.1rem; margin: .25rem 0 0; letter-spacing: -.01em; }
h2 { font-size: 1.3rem; margin: 0; }
h3 { font: 600 .8rem/1.4 var(--sans); color: var(--soft); margin: 1.75rem 0 .4rem; }
p { margin: .75rem 0; }
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: .18em; }
a:focus-visible, pre:focus-visible, summary:focus-visible { outline: 2px solid var(--link); }
code, pre { font-family: var(--mono); font-size: .84em; }
p code, li code, td code, dd code { background: var(--tint); padding: .1em .3em;
  border-radius: 3px; }
.kicker, .state, .note, .cut, table, dl, figcaption, .legend { font-family: var(--sans); }
.kicker { margin: 0; color: var(--soft); font-size: .9rem; }
.soft, .note, .cut { color: var(--soft); }
.note, .cut { font-size: .85rem; }
.good { color: var(--good); } .bad { color: var(--bad); }
.odd { color: var(--odd); font: 600 .85em var(--mono); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }

.score { margin: 1.5rem 0 0; font-size: 1.25rem; line-height: 1.2; color: var(--soft); }
.score strong { font-size: 4rem; font-weight: 400; letter-spacing: -.03em; color: var(--ink); }
.score.none strong { font-size: 2.6rem; letter-spacing: -.02em; }
.strip { display: block; width: 100%; height: .5rem; margin: 1rem 0 .5rem; }
.strip .of { fill: var(--rule); } .strip .earned { fill: var(--bar); }
.asks, .aside { border-left: 3px solid var(--rule); padding-left: 1rem; margin: 1.5rem 0; }
.asks { border-color: var(--bad); }
.asks p, .asks ul, .aside p { margin: .3rem 0; }

main > section, .foot { border-top: 1px solid var(--rule); margin-top: 2.75rem;
  padding-top: 1.75rem; }
.state { margin: .3rem 0 1rem; font-size: .95rem; font-weight: 600; }
.state .points { color: var(--soft); font-weight: 400; }
.head { font-size: 1.1rem; }

pre { margin: .9rem 0; background: var(--tint); border-radius: 5px; padding: .8rem 1rem;
  white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.55; tab-size: 4;
  overflow: hidden; unicode-bidi: isolate; direction: ltr; }
pre span { display: block; unicode-bidi: isolate; }
.shown span { padding-left: 10ch; text-indent: -10ch; }
.code { counter-reset: line; padding-left: 0; }
.code span { counter-increment: line; position: relative; padding-left: 4.2em; min-height: 1.55em; }
.code span::before { content: counter(line); position: absolute; left: 0; width: 3em;
  text-align: right; color: var(--soft); user-select: none; -webkit-user-select: none; }
.cell pre { margin-top: 0; }

table { border-collapse: collapse; width: 100%; font-size: .9rem; line-height: 1.4;
  font-variant-numeric: tabular-nums; margin: 1rem 0; }
caption { text-align: left; color: var(--soft); padding: .4rem 0; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0;
  border-bottom: 1px solid var(--rule); }
th { font-weight: 600; } tbody th { font-weight: 400; }
thead th { color: var(--soft); font-weight: 600; font-size: .8rem; }
.num { text-align: right; white-space: nowrap; padding-right: 0; }
.sign { font-weight: 600; } td.sign { width: 1.6rem; padding-right: .4rem; text-align: center; }
.tests .why td { border-top: 0; padding-top: 0; } .tests tr:has(+ .why) > * { border-bottom: 0; }
.tests p { margin: 0; color: var(--soft); font-size: .85rem; }
.tests .num { padding-left: 1rem; } .tests .sign { display: inline-block; width: 1.2em; }

dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem;
  font-size: .82rem; line-height: 1.5; margin: .75rem 0; }
.facts dt { color: var(--soft); } .facts dd { margin: 0; }
.figures { display: flex; flex-wrap: wrap; gap: .5rem 2.75rem; margin: 1.5rem 0 0; }
.figures div { display: flex; flex-direction: column-reverse; }
.figures dt { color: var(--soft); font-size: .85rem; }
.figures dd { margin: 0; font: 400 2.4rem/1.15 var(--serif); letter-spacing: -.02em; }
ul.plain { list-style: none; padding: 0; margin: 1rem 0; }
ul.plain > li { padding: .6rem 0; border-bottom: 1px solid var(--rule); }
ul.plain > li:last-child { border-bottom: 0; } ul.plain > li p { margin: .1rem 0; }
.teach li { margin: .7rem 0; }
figure { margin: 1.25rem 0; }
.plot { display: block; width: 100%; max-width: 40rem; height: auto; }
.plot text { font: 13px var(--sans); fill: var(--ink); unicode-bidi: isolate; }
.plot .end { text-anchor: end; } .plot .mid { text-anchor: middle; }
.plot .group { font-weight: 600; }
.plot .turned { transform: rotate(-90deg); transform-box: fill-box; transform-origin: center; }
.plot line { stroke: var(--rule); } .plot rect { fill: var(--bar); }
.plot .low { fill: var(--bad); }
figcaption, details { font-size: .9rem; line-height: 1.5; } summary { cursor: pointer; }
.scroll { overflow-x: auto; } .scroll th { min-width: 9rem; overflow-wrap: break-word; }
.scroll thead th { overflow-wrap: normal; min-width: 0; } .scroll .num { padding-left: .75rem; }
.mark { text-align: center; padding: .4rem .35rem; } abbr { text-decoration: none; }
.class .note { padding-left: .75rem; min-width: 9rem; overflow-wrap: break-word; }

@media (max-width: 34rem) {
  body { padding: 1.75rem 1rem 3rem; font-size: 1rem; }
  h1 { font-size: 1.7rem; }
  .score strong { font-size: 3.2rem; } .score.none strong { font-size: 2.1rem; }
  .code span { padding-left: 3em; } .code span::before { width: 2.2em; }
  .figures { gap: .5rem 1.4rem; } .figures dd { font-size: 1.9rem; }
  dl.facts { grid-template-columns: 1fr; gap: 0; } .facts dd { margin-bottom: .5rem; }
}
@media print {
  @page { margin: 18mm 16mm; }
  body, body.wide { max-width: none; padding: 0; font-size: 10.5pt; line-height: 1.45; }
  pre { background: none; border: 1px solid var(--rule); overflow: visible; }
  h1, h2, h3, .state, caption { break-after: avoid; }
  tr, figure, .shown, .asks, ul.plain > li { break-inside: avoid; }
  main > section { margin-top: 1.5rem; padding-top: 1rem; }
  a { color: inherit; text-decoration: none; }
}
"""

_HASH = base64.b64encode(hashlib.sha256(STYLE.encode("utf-8")).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; "
    "base-uri 'none'; form-action 'none'"
)

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{style}</style>
</head>
<body{wide}>
{body}
</body>
</html>
"""


def sheet(title, body, wide=False):
    """The whole page; `title` and `body` are HTML whose foreign parts are escaped already."""
    wide = ' class="wide"' if wide else ""
    return _PAGE.format(policy=POLICY, title=title, style=STYLE, wide=wide, body=body)
