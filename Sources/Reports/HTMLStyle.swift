/// The one style sheet of all pages: light and dark by the reader's own setting, figures of equal width, fit to print.
///
/// The colours keep their distance for readers who see red and green alike (after Okabe and Ito, 2008).
enum HTMLStyle {
    static let sheet = """
        :root { --bg: #f6f7f9; --card: #ffffff; --ink: #1b2430; --soft: #5d6b7c; --line: #dfe4ea; --was: #b4bfcc;
          --now: #0072b2; --warn: #c2410c; --tick: #1b2430; --live: #0072b2; --postCopy: #9d5c9a; --staged: #b98b00;
          --cold: #c2410c; --powerOff: #4b5563; --powerOn: #00875f; --maintenance: #8a6d3b; --good: #00734f;
          --goodbg: #dff3ea; --warnbg: #fde8dc; }
        @media (prefers-color-scheme: dark) {
          :root { --bg: #12161c; --card: #1b212a; --ink: #e6eaf0; --soft: #9aa7b6; --line: #303947; --was: #55616f;
            --now: #56b4e9; --warn: #ff9a62; --tick: #e6eaf0; --live: #56b4e9; --postCopy: #d58fd1; --staged: #e8bd3f;
            --cold: #ff9a62; --powerOff: #8b96a5; --powerOn: #33c793; --maintenance: #cdab6d; --good: #56d8a8;
            --goodbg: #123527; --warnbg: #45240f; }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--bg); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI",
          Roboto, "DejaVu Sans", sans-serif; font-variant-numeric: tabular-nums; }
        main { max-width: 1240px; margin: 0 auto; padding: 32px 24px 64px; }
        header { margin-bottom: 24px; }
        h1 { font-size: 28px; line-height: 1.2; margin: 0 0 6px; letter-spacing: -0.01em; }
        h2 { font-size: 18px; margin: 0 0 4px; }
        h3 { font-size: 15px; margin: 0 0 4px; }
        header p, .note { margin: 0 0 2px; color: var(--soft); font-size: 14px; overflow-wrap: anywhere; }
        .note { margin-bottom: 12px; }
        section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 20px;
          margin-top: 20px; }
        .chip { display: inline-block; border-radius: 999px; padding: 1px 10px; font-size: 13px; font-weight: 600;
          vertical-align: 4px; margin-left: 8px; background: var(--goodbg); color: var(--good); }
        .chip.warn { background: var(--warnbg); color: var(--warn); }
        .chip.plain { background: var(--bg); color: var(--soft); border: 1px solid var(--line); margin: 0 6px 6px 0;
          vertical-align: 0; font-weight: 400; }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); gap: 12px; }
        .tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; }
        .label { color: var(--soft); font-size: 13px; }
        .figure { font-size: 20px; font-weight: 600; line-height: 1.35; display: flex; flex-wrap: wrap; }
        .figure .was { color: var(--soft); font-weight: 400; }
        .arrow { color: var(--soft); font-weight: 400; padding: 0 5px; }
        .below { color: var(--soft); font-size: 13px; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: 14px; }
        th { text-align: left; color: var(--soft); font-weight: 500; font-size: 13px; white-space: nowrap; }
        th, td { padding: 5px 18px 5px 0; border-bottom: 1px solid var(--line); vertical-align: middle; }
        tbody tr:last-child td { border-bottom: 0; }
        .n { text-align: right; white-space: nowrap; }
        td .was, .soft { color: var(--soft); }
        td b { font-weight: 600; }
        .hosts td:nth-child(3), .hosts td:nth-child(5) { width: 29%; min-width: 120px; }
        .steps td { vertical-align: top; }
        .steps td:last-child { min-width: 220px; }
        .nowrap { white-space: nowrap; }
        .bars { position: relative; height: 18px; padding: 2px 0; background: var(--bg); border-radius: 3px; }
        .bars i { display: block; border-radius: 2px; }
        .bars .b { height: 4px; background: var(--was); margin-bottom: 2px; }
        .bars .a { height: 8px; background: var(--now); }
        .bars .only { height: 10px; margin-top: 2px; }
        .bars .over { background: var(--warn); }
        .bars u { position: absolute; top: 0; bottom: 0; width: 2px; margin-left: -1px; background: var(--tick);
          opacity: 0.55; }
        .legend { display: flex; flex-wrap: wrap; gap: 4px 18px; color: var(--soft); font-size: 13px;
          margin-bottom: 10px; }
        .legend span::before { content: ""; display: inline-block; width: 11px; height: 11px; border-radius: 3px;
          margin-right: 6px; vertical-align: -1px; background: var(--c); }
        svg { display: block; width: 100%; height: auto; font: 11px system-ui, "DejaVu Sans", sans-serif;
          font-variant-numeric: tabular-nums; }
        svg text { fill: var(--soft); }
        svg .lane { fill: var(--ink); }
        svg .inside { fill: var(--card); }
        svg .grid { stroke: var(--line); }
        svg .band { fill: var(--bg); }
        .live { fill: var(--live); } .postCopy { fill: var(--postCopy); } .staged { fill: var(--staged); }
        .cold { fill: var(--cold); } .powerOff { fill: var(--powerOff); } .powerOn { fill: var(--powerOn); }
        .maintenance { fill: var(--maintenance); }
        .refusal { border-left: 3px solid var(--warn); padding: 2px 0 2px 14px; margin: 0 0 14px; }
        .refusal ul { margin: 2px 0; padding-left: 18px; }
        .refusal p { margin: 2px 0; }
        .unblock { color: var(--good); }
        details summary { cursor: pointer; color: var(--soft); margin: 8px 0; }
        ul.notes { margin: 4px 0 0; padding-left: 20px; }
        @media print { body { background: #fff; } section, .tile { break-inside: avoid; } details { display: block; } }
        """
}
