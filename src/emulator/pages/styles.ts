/** The style sheet of every page: no external assets, light and dark by the system setting. */
export const STYLES = `
:root{--bg:#f4f4f6;--card:#fff;--text:#17171c;--soft:#5d5d6b;--line:#e2e2e8;--hover:#f6f5ff;--accent:#5b4be1;--on-accent:#fff;--warn-bg:#fff7e0;--warn:#6b4a00;--warn-line:#f0d68a;--shadow:0 1px 2px #0000000d,0 12px 32px #0000001a}
@media (prefers-color-scheme:dark){:root{--bg:#111114;--card:#1b1b20;--text:#f1f1f4;--soft:#a5a5b3;--line:#32323b;--hover:#24242d;--accent:#8b7cff;--on-accent:#14121f;--warn-bg:#2c2410;--warn:#f3d58a;--warn-line:#574617;--shadow:0 12px 32px #0008}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:400 1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;-webkit-font-smoothing:antialiased}
main{min-height:100vh;min-height:100dvh;max-width:27rem;margin:0 auto;padding:1.5rem 1rem;display:flex;flex-direction:column;justify-content:center;gap:1.25rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:1.125rem;box-shadow:var(--shadow);padding:1.75rem 1.75rem 1.375rem}
header{text-align:center}
h1{margin:1rem 0 .375rem;font-size:1.375rem;line-height:1.3;font-weight:650;letter-spacing:-.015em;overflow-wrap:anywhere;text-wrap:balance}
header p{text-wrap:balance}
.other{margin-top:.375rem;font-size:.875rem}
h2,legend{margin:0 0 .5rem;padding:0;font-size:.8125rem;font-weight:600;color:var(--soft)}
p{margin:0;color:var(--soft);overflow-wrap:anywhere}
header p b,.hint b{color:var(--text);font-weight:600}
a{color:var(--accent);text-underline-offset:.15em}
form{margin-top:1.25rem}
section,fieldset{margin:0 0 1rem;padding:0;border:0;min-width:0}
ul{list-style:none;margin:0;padding:0}
.badge{display:inline-grid;place-items:center;width:3.25rem;height:3.25rem;border-radius:.9375rem;color:#fff;font-size:1.5rem;font-weight:650}
.tone-0{background:#5b4be1}.tone-1{background:#0b7285}.tone-2{background:#b5395a}.tone-3{background:#2b7a3d}.tone-4{background:#a85a0a}.tone-5{background:#3b5bbf}
.badge.error{background:#c2333f}
.pair{display:inline-flex;align-items:center;gap:.75rem}
.pair .picture{width:3.25rem;height:3.25rem}
.link{width:2rem;border-top:2px dashed var(--line)}
.picture{flex:none;width:2.5rem;height:2.5rem;display:block}
.rows{border:1px solid var(--line);border-radius:.875rem;overflow:hidden}
.rows li+li{border-top:1px solid var(--line)}
.row{display:flex;align-items:center;gap:.875rem;width:100%;padding:.8125rem 1rem;border:0;background:none;color:inherit;font:inherit;text-align:left;cursor:pointer}
.row:hover,.choice:hover{background:var(--hover)}
.who{flex:1;min-width:0;display:block}
.who strong,.who small{display:block;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.who strong{font-weight:600;line-height:1.35}
.who small{color:var(--soft);font-size:.875rem}
.tag{flex:none;font-size:.75rem;font-weight:600;color:var(--accent);border:1px solid;border-radius:1rem;padding:.0625rem .5rem}
.chevron{flex:none;color:var(--soft);font-size:1.375rem;line-height:1}
.scopes li{position:relative;padding:.1875rem 0 .1875rem 1.75rem}
.scopes li::before{content:"";position:absolute;left:.375rem;top:.5rem;width:.375rem;height:.75rem;border:solid var(--accent);border-width:0 2px 2px 0;transform:rotate(45deg)}
.choice{display:flex;align-items:center;gap:.75rem;padding:.5rem .875rem;border:1px solid var(--line);border-radius:.75rem;cursor:pointer}
.choice+.choice{margin-top:.5rem}
.choice:has(:checked){border-color:var(--accent);box-shadow:inset 0 0 0 1px var(--accent)}
.choice input{accent-color:var(--accent);width:1.125rem;height:1.125rem;margin:0;flex:none}
.choice .picture{width:2rem;height:2rem}
.address{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.8125rem;color:var(--text);font-weight:500}
.notice{margin-bottom:1rem;padding:.625rem .875rem;border:1px solid var(--warn-line);border-radius:.75rem;background:var(--warn-bg);color:var(--warn);font-size:.875rem}
.actions{display:flex;gap:.75rem}
.actions button{flex:1;padding:.6875rem 1rem;border-radius:.75rem;border:1px solid var(--line);font:inherit;font-weight:600;cursor:pointer}
.actions .primary{background:var(--accent);border-color:var(--accent);color:var(--on-accent)}
.actions .secondary{background:none;color:inherit}
.primary:hover{filter:brightness(1.08)}
.actions .secondary:hover{background:var(--hover)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.row:focus-visible{outline-offset:-3px;border-radius:.875rem}
.hint{margin-top:1.25rem;text-align:center;font-size:.8125rem}
.emulator{text-align:center;font-size:.8125rem}
@media (max-width:26rem){.card{padding:1.5rem 1.125rem 1.25rem}main{justify-content:flex-start}}
`;
