/// Numbers as people read them, the same in every report. No locale: a point for decimals, a space before the unit.
package enum Figures {
    /// With exactly so many decimals.
    package static func fixed(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite else { return "n/a" }
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        guard scaled < 9e15 else { return "\(value)" }
        let whole = Int64(scaled)
        let sign = value < 0 && whole > 0 ? "-" : ""
        guard decimals > 0 else { return "\(sign)\(whole)" }
        let digits = String(whole % Int64(scale))
        let padding = String(repeating: "0", count: decimals - digits.count)
        return "\(sign)\(whole / Int64(scale)).\(padding)\(digits)"
    }

    /// Three significant digits or so: `0.125`, `1.25`, `12.5`, `125`.
    package static func short(_ value: Double) -> String {
        switch abs(value) {
        case ..<1: trimmed(fixed(value, 3))
        case ..<10: trimmed(fixed(value, 2))
        case ..<100: trimmed(fixed(value, 1))
        default: fixed(value, 0)
        }
    }

    private static func trimmed(_ text: String) -> String {
        guard text.contains(".") else { return text }
        var text = text[...]
        while text.hasSuffix("0") { text = text.dropLast() }
        if text.hasSuffix(".") { text = text.dropLast() }
        return String(text)
    }

    package static func percent(_ fraction: Double) -> String { fixed(fraction * 100, 0) + " %" }

    package static func cores(_ cores: Double) -> String { fixed(cores, 1) }

    package static func watts(_ watts: Double) -> String { fixed(watts, 0) + " W" }

    /// With binary prefixes.
    package static func bytes(_ bytes: Double) -> String {
        var amount = bytes
        for unit in ["B", "KiB", "MiB", "GiB", "TiB"] {
            if abs(amount) < 1000 { return "\(short(amount)) \(unit)" }
            amount /= 1024
        }
        return "\(short(amount)) PiB"
    }

    /// With decimal prefixes, as links are sold.
    package static func rate(bitsPerSecond: Double) -> String {
        switch abs(bitsPerSecond) {
        case ..<1e6: "\(short(bitsPerSecond / 1e3)) kbit/s"
        case ..<1e9: "\(short(bitsPerSecond / 1e6)) Mbit/s"
        default: "\(short(bitsPerSecond / 1e9)) Gbit/s"
        }
    }

    package static func milliseconds(_ milliseconds: Double) -> String {
        milliseconds < 10_000 ? fixed(milliseconds, 0) + " ms" : duration(milliseconds / 1000)
    }

    /// `41.2 s`, `5 min 03 s`, `1 h 42 min`, `3 d 4 h`.
    package static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, abs(seconds) < 9e15 else { return "n/a" }
        if seconds < 59.95 { return fixed(seconds, 1) + " s" }
        let whole = Int64(seconds.rounded())
        switch whole {
        case ..<3600: return "\(whole / 60) min \(padded(whole % 60)) s"
        case ..<86400: return "\(whole / 3600) h \(padded(whole / 60 % 60)) min"
        default: return "\(whole / 86400) d \(whole / 3600 % 24) h"
        }
    }

    /// Time since the plan's start, as a clock: `0:00:41`.
    package static func offset(_ seconds: Double) -> String {
        guard seconds.isFinite, abs(seconds) < 9e15 else { return "n/a" }
        let whole = Int64(max(seconds, 0).rounded(.down))
        return "\(whole / 3600):\(padded(whole / 60 % 60)):\(padded(whole % 60))"
    }

    private static func padded(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// `1 VM`, `2 VMs`.
    package static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
