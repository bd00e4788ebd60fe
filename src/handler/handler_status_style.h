/*
 * handler_status_style - the look of the status page, as C strings
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   none
 *
 * The page carries it itself, so it needs no file beside it.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_STATUS_STYLE_H
#define HANDLER_STATUS_STYLE_H

static const char style[] =
	":root{color-scheme:light dark;--b:#fbfcfd;--p:#f0f4f5;--i:#1b2226;--s:#55626a;"
	"--l:#d3dce0;--a:#0a6a56;\n"
	"--_:#dcf0e8;--_i:#0a5a48;--R:#1d5fae;--W:#a84b08;--K:#e5ddf8;--K_i:#4b2f8f;"
	"--S:#d3eef5;--S_i:#0d4e60;--G:#dfe3e7;--G_i:#3f4950;--o:#fff}\n"
	"@media(prefers-color-scheme:dark){:root{--b:#12181b;--p:#1a2226;--i:#e4eaec;"
	"--s:#9fb0b8;--l:#2f3b41;--a:#5fd0b0;\n"
	"--_:#143c32;--_i:#86e3c6;--R:#8fc1f8;--W:#f4b04d;--K:#36295f;--K_i:#d0c1fb;"
	"--S:#113d49;--S_i:#9ae0f1;--G:#2c343a;--G_i:#c0cad0;--o:#12181b}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0;background:var(--b);color:var(--i);"
	"font:1rem/1.5 system-ui,\"Liberation Sans\",sans-serif}\n"
	"main{max-width:72rem;margin:0 auto;padding:1.5rem clamp(1rem,4vw,2.5rem) 4rem}\n"
	"header{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;align-items:baseline;"
	"justify-content:space-between}\n"
	"h1{margin:0;font-size:1.375rem}h2{margin:2.25rem 0 .5rem;font-size:1.0625rem}\n"
	"a{color:var(--a)}a:focus-visible,div:focus-visible{outline:2px solid var(--a);"
	"outline-offset:2px}\n"
	"p{margin:.25rem 0;color:var(--s)}\n"
	"dl{display:grid;grid-template-columns:repeat(4,1fr);gap:1px;margin:1.25rem 0 0;"
	"background:var(--l);border:1px solid var(--l);border-radius:8px;overflow:hidden}"
	"@media(max-width:40rem){dl{grid-template-columns:1fr 1fr}}\n"
	"dl div{padding:.6rem .9rem;background:var(--b)}\n"
	"dt{font-size:.8125rem;color:var(--s)}dd{margin:0;font-size:1.25rem;"
	"font-variant-numeric:tabular-nums}\n"
	"i{display:inline-block;min-width:1.6em;padding:0 .3em;border-radius:4px;"
	"background:var(--G);color:var(--G_i);"
	"font:600 .875rem/1.6 ui-monospace,\"Noto Sans Mono\",monospace;text-align:center}\n"
	".board{display:flex;flex-wrap:wrap;gap:3px}\n"
	"i._{background:var(--_);color:var(--_i)}i.R{background:var(--R);color:var(--o)}"
	"i.W{background:var(--W);color:var(--o)}\n"
	"i.K{background:var(--K);color:var(--K_i)}i.S{background:var(--S);color:var(--S_i)}\n"
	"i.n{background:none;color:var(--s);box-shadow:inset 0 0 0 1px var(--l)}\n"
	".t{overflow-x:auto}\n"
	"table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}\n"
	"th{position:sticky;top:0;background:var(--b);text-align:left;font-size:.8125rem;"
	"font-weight:500;color:var(--s)}\n"
	"th,td{padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--l);"
	"white-space:nowrap}\n"
	".r{text-align:right}td:last-child{width:100%;max-width:26rem;overflow:hidden;"
	"text-overflow:ellipsis;font:.875rem ui-monospace,\"Noto Sans Mono\",monospace}\n"
	"ul{display:flex;flex-wrap:wrap;gap:.4rem 1.25rem;margin:.5rem 0;padding:0;"
	"list-style:none;color:var(--s)}\n";

#endif
