import ClusterModel

/// A capacity report as one page that stands alone.
struct CapacityPage {
    let request: CapacityRequest
    let figures: CapacityFigures
    let sizeSentence: String
    let sparing: String
    let homelessSentence: String?

    func html(trends: [(name: String, sentence: String)]) -> String {
        HTML.page(
            title: "Capacity: \(request.cluster.name)",
            body: [header(), tiles(), scenarios(), hosts(), trend(trends)])
    }

    private func header() -> String {
        let limits = request.policy.limits
        return """
            <header>
            <h1>Capacity of \(HTML.escape(request.cluster.name))</h1>
            <p>As of \(request.cluster.takenAt). Policy <b>\(HTML.escape(request.policy.name))</b>: limits CPU \
            \(Figures.percent(limits.cpu)), memory \(Figures.percent(limits.memory)); \
            \(Figures.count(request.policy.spareHosts, "spare host")).</p>
            <p>\(HTML.escape(sizeSentence))</p>
            </header>
            """
    }

    private func tiles() -> String {
        let on = figures.hosts.count { $0.host.state == .on }
        let now = figures.scenarios[0]
        let spare = now.fitsWithSpare.map { "\($0) \(sparing)" } ?? ""
        let tiles = [
            HTML.tile("Hosts on", "\(on)", "of \(figures.hosts.count)"),
            HTML.tile("More VMs fit now", "\(now.fits)", spare),
            HTML.tile(
                "CPU in use", HTML.escape(Figures.percent(share(figures.usedCores, figures.limitCores))),
                "\(Figures.cores(figures.usedCores)) of \(Figures.cores(figures.limitCores)) cores up to the limit"),
            HTML.tile(
                "Memory in use", HTML.escape(Figures.percent(share(figures.usedBytes, figures.limitBytes))),
                "\(Figures.bytes(figures.usedBytes)) of \(Figures.bytes(figures.limitBytes)) up to the limit"),
        ]
        return "<div class=\"tiles\">\n\(tiles.joined(separator: "\n"))\n</div>"
    }

    private func share(_ part: Double, _ whole: Double) -> Double { whole > 0 ? part / whole : 0 }

    private func scenarios() -> String {
        let hasSpare = request.policy.spareHosts > 0
        let rows = figures.scenarios.map { scenario in
            [HTML.escape(scenario.name), "\(scenario.hostsOn)", "<b>\(scenario.fits)</b>"]
                + (hasSpare ? ["\(scenario.fitsWithSpare ?? 0)"] : [])
        }
        let heads = ["", "Hosts on", "VMs"] + (hasSpare ? [sparing] : [])
        return HTML.section(
            "How many more fit", [HTML.table(heads: heads, numeric: [1, 2, 3], rows: rows)],
            note: "By capacity alone: stores, networks, CPU models and rules may allow fewer. "
                + (homelessSentence ?? ""))
    }

    private func hosts() -> String {
        let limits = request.policy.limits
        let rows = figures.hosts.map { host in
            [
                "<b>\(HTML.escape(host.host.id))</b>", "<span class=\"soft\">\(host.host.state.rawValue)</span>",
                HTML.bars(before: nil, after: host.cpu, limit: limits.cpu, label: "\(host.host.id), CPU"),
                Figures.percent(host.cpu),
                HTML.bars(before: nil, after: host.memory, limit: limits.memory, label: "\(host.host.id), memory"),
                Figures.percent(host.memory), "\(host.use.vms)", "<b>\(host.fits)</b>",
                "<span class=\"soft\">\(host.bound)</span>",
            ]
        }
        let heads = ["Host", "State", "CPU", "", "Memory", "", "VMs", "More fit", "Bound by"]
        return HTML.section(
            "Hosts", [HTML.table(heads: heads, numeric: [3, 5, 6, 7], rows: rows, className: "hosts")],
            note: "The tick in a bar is the limit.")
    }

    // MARK: - Trend

    private func trend(_ trends: [(name: String, sentence: String)]) -> String {
        let charts = [
            chart(figures.cpuTrend, limit: figures.limitCores), chart(figures.memoryTrend, limit: figures.limitBytes),
        ]
        let parts = zip(trends, charts).map { trend, chart in
            "<h3>\(HTML.escape(trend.name))</h3><p class=\"note\">\(HTML.escape(trend.sentence))</p>\(chart)"
        }
        return HTML.section("Trend", parts, note: "Each day by its 95th percentile; the dashed line is the limit.")
    }

    /// The days as a line, the trend through them, and as many days ahead.
    private func chart(_ trend: CapacityTrend?, limit: Double) -> String {
        guard let trend, let first = trend.days.first?.number, let last = trend.days.last?.number, last > first else {
            return ""
        }
        let (width, height) = (1200.0, 160.0)
        let span = Double(last - first) * 2
        let most = max(limit, trend.level + trend.slope * span / 2, trend.days.map(\.value).max() ?? 0) * 1.05
        guard most > 0 else { return "" }
        func x(_ day: Double) -> String { Figures.fixed(width * (day - Double(first)) / span, 1) }
        func y(_ value: Double) -> String { Figures.fixed(height * (1 - max(value, 0) / most), 1) }
        let line = trend.days.map { "\(x(Double($0.number))),\(y($0.value))" }.joined(separator: " ")
        let ahead = Double(last) + span / 2
        return """
            <svg viewBox="0 0 1200 164" role="img" aria-label="Daily use and trend">
            <line x1="0" y1="\(y(limit))" x2="1200" y2="\(y(limit))" stroke="var(--warn)" stroke-dasharray="6 5"/>
            <line x1="\(x(Double(last)))" y1="\(y(trend.level))" x2="\(x(ahead))" \
            y2="\(y(trend.level + trend.slope * span / 2))" stroke="var(--was)" stroke-width="2"/>
            <polyline points="\(line)" fill="none" stroke="var(--now)" stroke-width="2"/>
            <line class="grid" x1="0" y1="160" x2="1200" y2="160"/>
            </svg>
            """
    }
}
