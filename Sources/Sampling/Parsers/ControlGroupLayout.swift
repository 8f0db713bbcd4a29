/// Where control groups of each kind are mounted: version 1, version 2, or hybrid.
package struct ControlGroupLayout: Sendable, Hashable {
    /// Mount points of version 1 by controller (`cpuacct`, `memory`).
    package let versionOne: [String: String]
    /// Mount point of version 2. In a hybrid system it usually has no controllers of its own.
    package let versionTwo: String?

    /// Reads /proc/mounts. A system without control groups gives an empty layout.
    package init(parsingMounts contents: [UInt8]) {
        var versionOne: [String: String] = [:]
        var versionTwo: String?
        for line in contents.lines {
            let fields = line.fields
            guard fields.count >= 4 else { continue }
            let mountPoint = Self.unescaped(fields[1].text)
            switch fields[2].text {
            case "cgroup2": versionTwo = versionTwo ?? mountPoint
            case "cgroup":
                for option in fields[3].split(separator: UInt8(ascii: ",")) where versionOne[option.text] == nil {
                    versionOne[option.text] = mountPoint
                }
            default: continue
            }
        }
        self.versionOne = versionOne.filter { ["cpuacct", "memory"].contains($0.key) }
        self.versionTwo = versionTwo
    }

    /// A group's file of CPU time: version 1 where its controller is mounted, version 2 else.
    package func processorTimePath(versionOneGroup: String?, versionTwoGroup: String?) -> ControlGroupFile? {
        if let mount = versionOne["cpuacct"] {
            return versionOneGroup.map { .nanoseconds(path: Self.join(mount, $0, "cpuacct.usage")) }
        }
        guard let versionTwo, let versionTwoGroup else { return nil }
        return .statistics(path: Self.join(versionTwo, versionTwoGroup, "cpu.stat"))
    }

    /// A group's file of memory in use.
    package func memoryPath(versionOneGroup: String?, versionTwoGroup: String?) -> String? {
        if let mount = versionOne["memory"] {
            return versionOneGroup.map { Self.join(mount, $0, "memory.usage_in_bytes") }
        }
        guard let versionTwo, let versionTwoGroup else { return nil }
        return Self.join(versionTwo, versionTwoGroup, "memory.current")
    }

    private static func join(_ mount: String, _ group: String, _ file: String) -> String {
        "\(mount)\(group)/\(file)"
    }

    /// The kernel writes a blank in a mount point as `\040`.
    private static func unescaped(_ text: String) -> String {
        guard text.contains("\\") else { return text }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A file that tells a group's CPU time, in the form of its version.
package enum ControlGroupFile: Sendable, Hashable {
    /// `cpuacct.usage`: one number, nanoseconds.
    case nanoseconds(path: String)
    /// `cpu.stat`: a line `usage_usec N`, microseconds.
    case statistics(path: String)

    package var path: String {
        switch self {
        case .nanoseconds(let path), .statistics(let path): path
        }
    }

    /// CPU time in nanoseconds; `nil` when the contents are not as they should be.
    package func nanoseconds(parsing contents: [UInt8]) -> UInt64? {
        switch self {
        case .nanoseconds: contents.onlyNumber
        case .statistics:
            contents.lines.first { $0.starts(with: "usage_usec ") }
                .flatMap { $0.fields.last?.number?.multipliedClamped(by: 1000) }
        }
    }
}
