/// A guest of a rig: what it is made with. See Tests/Rig/guest.c.
public struct RigGuest: Sendable, Hashable {
    public let name: String
    /// At least 96: the kernel does not start in less.
    public var memoryMiB: Int
    public var load: RigLoad
    public var vcpus: Int = 1

    public init(_ name: String, memoryMiB: Int = 128, load: RigLoad = RigLoad()) {
        self.name = name
        self.memoryMiB = memoryMiB
        self.load = load
    }
}

/// What a guest does. Everything can be changed while it runs.
public struct RigLoad: Sendable, Hashable {
    /// Written once.
    public var coldMiB: Int
    /// Written again and again, page after page.
    public var hotMiB: Int
    /// Pages of 4 KiB that are written, whatever is changed in them.
    public var dirtyMiBPerSecond: Double
    /// Busy share of one virtual CPU.
    public var cpuPercent: Int
    /// Whether each write changes its whole page, so that it does not compress, or 8 bytes of it.
    public var writesWholePages: Bool

    public init(
        coldMiB: Int = 0, hotMiB: Int = 0, dirtyMiBPerSecond: Double = 0, cpuPercent: Int = 0,
        writesWholePages: Bool = false
    ) {
        self.coldMiB = coldMiB
        self.hotMiB = hotMiB
        self.dirtyMiBPerSecond = dirtyMiBPerSecond
        self.cpuPercent = cpuPercent
        self.writesWholePages = writesWholePages
    }

    var settings: [String] {
        [
            "cold=\(coldMiB)", "hot=\(hotMiB)", "rate=\(dirtyMiBPerSecond)", "cpu=\(cpuPercent)",
            "write=\(writesWholePages ? "full" : "touch")",
        ]
    }
}
