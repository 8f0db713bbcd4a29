import AgentWire

/// What a QEMU process's command line says about its guest.
package struct QEMUArguments: Sendable, Hashable {
    /// What the platform calls the guest.
    package let name: String?
    package let uuid: String?
    package let memoryBytes: UInt64?
    package let vcpus: UInt64?
    /// Interfaces of the host that are named on the command line (`ifname=tap100i0`, as Proxmox does).
    package let interfaces: [String]

    /// Reads /proc/PID/cmdline; `nil` when it is not a QEMU that runs a guest.
    package init?(parsing contents: [UInt8]) {
        let arguments = contents.split(separator: 0, omittingEmptySubsequences: false).map(\.text)
        guard let program = arguments.first?.split(separator: "/").last, Self.runsGuests(program) else { return nil }
        var values: [String: OptionValue] = [:]
        var interfaces: [String] = []
        for (argument, value) in zip(arguments, arguments.dropFirst()) {
            guard argument.hasPrefix("-") else { continue }
            let option = argument.drop { $0 == "-" }
            let parsed = OptionValue(parsing: value)
            if values[String(option)] == nil { values[String(option)] = parsed }
            if option == "netdev", let interface = parsed["ifname"] { interfaces.append(interface) }
        }
        // Proxmox names guests by number; its names need not be unique.
        name = values["id"]?.first ?? values["name"].flatMap { $0["guest"] ?? $0.first }
        uuid = (values["uuid"]?.first).flatMap { MachineUUID.canonical($0) }
        memoryBytes = values["m"].flatMap { ($0["size"] ?? $0.first).flatMap(Self.memoryBytes) }
        vcpus = values["smp"].flatMap(Self.vcpus)
        self.interfaces = interfaces
    }

    /// `qemu-system-x86_64`, Red Hat's `qemu-kvm`, Debian's `kvm`; not `qemu-img`, `qemu-nbd` or `qemu-ga`.
    private static func runsGuests(_ program: Substring) -> Bool {
        program.hasPrefix("qemu-system-") || program == "qemu-kvm" || program == "kvm"
    }

    /// A size as `-m` takes it: mebibytes unless a letter says otherwise.
    private static func memoryBytes(_ text: String) -> UInt64? {
        let shift: UInt64
        var digits = text[...]
        switch text.last {
        case "b", "B": shift = 0
        case "k", "K": shift = 10
        case "m", "M": shift = 20
        case "g", "G": shift = 30
        case "t", "T": shift = 40
        default: return Array(text.utf8).number.map { $0.multipliedClamped(by: 1 << 20) }
        }
        digits.removeLast()
        return Array(digits.utf8).number.map { $0.multipliedClamped(by: 1 << shift) }
    }

    /// `-smp 4,sockets=2,cores=2`, `-smp cpus=4`, or a topology alone.
    private static func vcpus(_ option: OptionValue) -> UInt64? {
        if let count = option["cpus"] ?? option.first { return Array(count.utf8).number }
        let levels = ["sockets", "dies", "clusters", "modules", "cores", "threads"].compactMap { option[$0] }
        guard !levels.isEmpty else { return nil }
        return levels.reduce(into: UInt64?.some(1)) { product, level in
            guard let count = Array(level.utf8).number else {
                product = nil
                return
            }
            product = product?.multipliedClamped(by: count)
        }
    }
}

/// A value of QEMU's form `first,key=value,key=value`, in which `,,` is a comma.
private struct OptionValue {
    /// The piece without a key at the beginning, if there is one.
    let first: String?
    private let values: [String: String]

    init(parsing text: String) {
        var pieces: [String] = [""]
        var rest = text[...]
        while let character = rest.popFirst() {
            if character != "," {
                pieces[pieces.count - 1].append(character)
            } else if rest.first == "," {
                rest.removeFirst()
                pieces[pieces.count - 1].append(",")
            } else {
                pieces.append("")
            }
        }
        var values: [String: String] = [:]
        for piece in pieces {
            guard let equals = piece.firstIndex(of: "=") else { continue }
            values[String(piece[..<equals])] = String(piece[piece.index(after: equals)...])
        }
        self.values = values
        first = pieces.first.flatMap { $0.isEmpty || $0.contains("=") ? nil : $0 }
    }

    subscript(key: String) -> String? { values[key] }
}
