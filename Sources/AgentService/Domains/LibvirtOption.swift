/// Whether, and where, libvirt is asked about the virtual machines.
public enum LibvirtOption: Sendable, Hashable {
    /// This host's, when it is there; without it /proc alone.
    case automatic
    case off
    case uri(address: String)

    /// Where this host's libvirt listens: the one of `libvirtd` or that of `virtqemud`.
    static let systemSockets = ["/run/libvirt/virtqemud-sock", "/run/libvirt/libvirt-sock"]
    static let systemURI = "qemu:///system"

    init(parsing text: String) throws(AgentError) {
        switch text {
        case "auto": self = .automatic
        case "off": self = .off
        case _ where text.contains(":/"): self = .uri(address: text)
        default:
            throw ArgumentReader.usage(
                "--libvirt is \(text); it takes auto, off, or a URI of libvirt's, as in qemu:///system")
        }
    }
}
