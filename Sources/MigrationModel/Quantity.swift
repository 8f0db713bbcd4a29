/// Figures in words for the operator: three significant digits, decimal units for rates, binary ones for memory.
package enum Quantity {
    static func bytes(_ value: Double) -> String {
        scaled(value, step: 1024, units: ["B", "KiB", "MiB", "GiB", "TiB", "PiB"])
    }

    package static func bytesPerSecond(_ value: Double) -> String {
        scaled(value, step: 1000, units: ["B/s", "KB/s", "MB/s", "GB/s", "TB/s"])
    }

    static func bitsPerSecond(_ value: Double) -> String {
        scaled(value, step: 1000, units: ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"])
    }

    static func milliseconds(_ value: Double) -> String {
        value < 10_000 ? "\(number(value)) ms" : "\(number(value / 1000)) s"
    }

    static func seconds(_ value: Double) -> String { "\(number(value)) s" }

    static func percent(_ fraction: Double) -> String { "\(number(fraction * 100)) %" }

    private static func scaled(_ value: Double, step: Double, units: [String]) -> String {
        var rest = value
        var unit = 0
        while rest >= step && unit < units.count - 1 {
            rest /= step
            unit += 1
        }
        return "\(number(rest)) \(units[unit])"
    }

    /// One decimal below 100, none above; no trailing zero.
    static func number(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
        if abs(value) >= 100 { return String(Int64(value.rounded())) }
        let tenths = Int64((value * 10).rounded())
        let sign = tenths < 0 ? "-" : ""
        let whole = tenths.magnitude / 10
        let fraction = tenths.magnitude % 10
        return fraction == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(fraction)"
    }
}
