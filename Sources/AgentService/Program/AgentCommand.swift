package import Sampling

/// What `drover-agent` was asked to do.
package enum AgentCommand: Sendable, Hashable {
    case run(options: AgentOptions)
    case once(options: OnceOptions)
    case status(options: StatusOptions)
    case help(text: String)
}

/// How `once` and `status` print.
package enum OutputFormat: String, Sendable, Hashable, CaseIterable {
    case text
    case json
}

package struct OnceOptions: Sendable, Hashable {
    /// Rates are means over this time. A second is enough to look at.
    package var intervalMilliseconds: Int64 = 1000
    package var hostName: String?
    package var root = ""
    package var libvirt = LibvirtOption.automatic
    package var hostProcessors = HostProcessorSource.machine
    package var format = OutputFormat.text

    package init() {}
}

package struct StatusOptions: Sendable, Hashable {
    /// `nil` and no database either: the usual directory.
    package var spoolDirectory: String?
    package var databasePath: String?
    package var format = OutputFormat.text

    package init() {}
}
