/// A cluster as it stood at one moment: the document `drover.cluster/1`.
public struct Cluster: Sendable, Hashable {
    public static let format = "drover.cluster/1"

    public var name: String
    public var takenAt: Timestamp
    public var hosts: [Host]
    public var vms: [VirtualMachine]
    public var rules: [Rule]
    public var links: [Link]
    public var extensions: Extensions

    public init(
        name: String, takenAt: Timestamp, hosts: [Host], vms: [VirtualMachine], rules: [Rule] = [],
        links: [Link] = [], extensions: Extensions = .none
    ) {
        self.name = name
        self.takenAt = takenAt
        self.hosts = hosts
        self.vms = vms
        self.rules = rules
        self.links = links
        self.extensions = extensions
    }
}
