import AgentWire

/// What the control groups that hold all guests use, in version 1, hybrid and version 2.
///
/// A host without such a group (no guests yet, or guests started by hand) has no such metrics and gets no warning.
struct GuestGroupSampler: Sampler {
    private var times = ControlGroupTimes()
    private var layout: ControlGroupLayout?

    mutating func sample(into round: inout SamplingRound) {
        defer { times.forgetUnseen() }
        let layout: ControlGroupLayout
        if let known = self.layout {
            layout = known
        } else {
            guard let mounts = round.readExpected("/proc/mounts") else { return }
            layout = ControlGroupLayout(parsingMounts: mounts)
            self.layout = layout
        }
        var cores: [Double?] = []
        var memory: [Double?] = []
        for slice in ControlGroupMembership.guestSlices {
            let group = "/" + slice
            if let file = layout.processorTimePath(versionOneGroup: group, versionTwoGroup: group),
                round.files.exists(file.path)
            {
                cores.append(times.cores(of: file, into: &round))
            }
            if let path = layout.memoryPath(versionOneGroup: group, versionTwoGroup: group), round.files.exists(path) {
                let contents = round.readExpected(path)
                memory.append(round.expectParsed(contents?.onlyNumber, of: path).map { Double($0) })
            }
        }
        round.host[.guestGroupCPUCores] = Self.sum(cores)
        round.host[.guestGroupMemoryBytes] = Self.sum(memory)
    }

    /// `nil` when there is nothing to add up or a part is not known.
    private static func sum(_ parts: [Double?]) -> Double? {
        let known = parts.compactMap(\.self)
        return known.isEmpty || known.count < parts.count ? nil : known.reduce(0, +)
    }
}
