extension Violation.Resource {
    /// An amount in the unit in which operators think, to three decimals; exact when that would leave nothing.
    func text(_ amount: Double) -> String {
        let (scale, unit): (Double, String)
        switch self {
        case .cpu: (scale, unit) = (1, "cores")
        case .memory, .localDisk: (scale, unit) = (0x1p30, "GiB")
        case .disk: (scale, unit) = (1e6, "MB/s")
        case .network: (scale, unit) = (1e6, "Mbit/s")
        }
        let scaled = amount / scale
        let rounded = (scaled * 1000).rounded() / 1000
        return "\(rounded == 0 ? scaled : rounded) \(unit)"
    }
}
