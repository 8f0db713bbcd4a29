/// Which groups a process is in: /proc/PID/cgroup.
package struct ControlGroupMembership: Sendable, Hashable {
    /// Path by controller of version 1.
    package let versionOne: [String: String]
    package let versionTwo: String?

    package init(parsing contents: [UInt8]) {
        var versionOne: [String: String] = [:]
        var versionTwo: String?
        for line in contents.lines {
            guard let (number, rest) = line.cut(at: ":"), let (controllers, path) = rest.cut(at: ":") else { continue }
            if number.elementsEqual("0".utf8), controllers.isEmpty {
                versionTwo = path.text
            } else {
                for controller in controllers.split(separator: UInt8(ascii: ",")) {
                    versionOne[controller.text] = path.text
                }
            }
        }
        self.versionOne = versionOne
        self.versionTwo = versionTwo
    }

    /// The slices in which platforms put guests: systemd-machined and libvirt, libvirt without systemd, Proxmox.
    package static let guestSlices = ["machine.slice", "machine", "qemu.slice"]

    /// The group that is a guest's own, given the group its process is in; `nil` when the process shares one.
    ///
    /// libvirt puts threads in groups beneath the guest's (`.../machine-qemu\x2d1\x2dvm7.scope/libvirt/emulator`).
    package static func guestGroup(of path: String?) -> String? {
        guard let components = path?.split(separator: "/"), let slice = components.first,
            guestSlices.contains(String(slice)),
            let last = components.firstIndex(where: { $0.hasSuffix(".scope") || $0.hasSuffix(".libvirt-qemu") })
        else { return nil }
        return "/" + components[...last].joined(separator: "/")
    }
}
