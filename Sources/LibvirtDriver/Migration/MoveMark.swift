internal import ClusterModel
internal import Execution
internal import Libvirt

/// A mark that Drover leaves in a domain's metadata before it moves it. It moves with the domain, outlives Drover and
/// its store, and says who moves or moved it, whoever asks.
struct MoveMark: Sendable, Hashable {
    static let namespace = "urn:drover:move:1"
    private static let prefix = "drover"

    var key: StepKey
    var fence: Int64
    var from: String
    var to: String
    var at: Timestamp
    /// Whether the guest ran then.
    var ran: Bool

    /// The mark of a domain; `nil` when it has none.
    static func of(_ domain: LibvirtDomain) throws(LibvirtError) -> MoveMark? {
        guard let text = try domain.metadata(namespace: namespace) else { return nil }
        return MoveMark(xml: text)
    }

    /// `nil` when it is not as Drover writes it.
    init?(xml: String) {
        guard let node = try? XMLReader.read(xml), let run = node["run"], let step = node["step"],
            let attempt = node["attempt"].flatMap({ Int($0) }), let fence = node["fence"].flatMap({ Int64($0) }),
            let from = node["from"], let to = node["to"], let at = node["at"].flatMap({ Timestamp(rfc3339: $0) })
        else { return nil }
        self.init(
            key: StepKey(run: run, step: step, attempt: attempt), fence: fence, from: from, to: to, at: at,
            ran: node["ran"] != "no")
    }

    init(key: StepKey, fence: Int64, from: String, to: String, at: Timestamp, ran: Bool) {
        self.key = key
        self.fence = fence
        self.from = from
        self.to = to
        self.at = at
        self.ran = ran
    }

    var xml: String {
        XMLNode(
            name: "move",
            attributes: [
                "run": key.run, "step": key.step, "attempt": String(key.attempt), "fence": String(fence),
                "from": from, "to": to, "at": at.description, "ran": ran ? "yes" : "no",
            ]
        ).xml
    }

    func put(on domain: LibvirtDomain) throws(LibvirtError) {
        try domain.setMetadata(xml, prefix: Self.prefix, namespace: Self.namespace)
    }
}
