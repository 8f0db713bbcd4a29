extension AgentCommand {
    /// Reads the arguments after the program's name.
    package init(arguments: [String]) throws(AgentError) {
        guard let command = arguments.first else {
            throw ArgumentReader.usage("nothing to do; drover-agent --help tells what there is")
        }
        let rest = arguments.dropFirst()
        if ["--help", "-h", "help"].contains(command) {
            self = .help(text: AgentHelp.overview)
        } else if command == "--version" {
            self = .help(text: AgentHelp.version + "\n")
        } else if rest.contains(where: { $0 == "--help" || $0 == "-h" }), let text = AgentHelp.commands[command] {
            self = .help(text: text)
        } else {
            switch command {
            case "run": self = .run(options: try Self.runOptions(rest))
            case "once": self = .once(options: try Self.onceOptions(rest))
            case "status": self = .status(options: try Self.statusOptions(rest))
            default: throw ArgumentReader.usage("\(command) is no command; there are run, once and status")
            }
        }
    }

    private static func runOptions(_ arguments: ArraySlice<String>) throws(AgentError) -> AgentOptions {
        var reader = ArgumentReader(
            arguments: arguments, command: "run",
            known: [
                "--interval", "--count", "--host", "--cluster-name", "--sqlite", "--keep-days", "--server",
                "--token-file", "--ca-file", "--spool", "--spool-max-bytes", "--timeout", "--insecure", "--root",
                "--libvirt", "--host-cpu-from", "--dirty-rate-interval", "--dirty-rate-periods",
            ])
        var options = AgentOptions()
        var server = ServerArguments()
        var dirtyRates: [String: String] = [:]
        while let (name, value) = try reader.next() {
            switch name {
            case "--interval": options.intervalMilliseconds = try ArgumentReader.milliseconds(value, option: name)
            case "--count": options.sampleCount = Int(try ArgumentReader.positive(value, option: name, max: 1 << 40))
            case "--host": options.hostName = value
            case "--cluster-name": options.clusterName = value
            case "--sqlite": options.databasePath = value
            case "--keep-days": options.keepDays = try ArgumentReader.positive(value, option: name, max: 36_500)
            case "--root": options.root = value
            case "--libvirt": options.libvirt = try LibvirtOption(parsing: value)
            case "--host-cpu-from": options.hostProcessors = try ArgumentReader.hostProcessors(value)
            case "--dirty-rate-interval", "--dirty-rate-periods": dirtyRates[name] = value
            default: server.values[name] = value
            }
        }
        options.dirtyRates = try Self.dirtyRates(dirtyRates, libvirt: options.libvirt)
        options.server = try server.options()
        guard options.databasePath != nil || options.server != nil else {
            throw ArgumentReader.usage("run needs --sqlite FILE, or --server URL with --token-file FILE, or both")
        }
        return options
    }

    private static func dirtyRates(
        _ values: [String: String], libvirt: LibvirtOption
    ) throws(AgentError) -> DirtyRateSchedule.Settings? {
        if let stray = values.keys.sorted().first, libvirt == .off {
            throw ArgumentReader.usage("\(stray) needs libvirt, which is off")
        }
        var settings = DirtyRateSchedule.Settings()
        if let text = values["--dirty-rate-periods"] {
            settings.periodsSeconds = try ArgumentReader.periods(text, option: "--dirty-rate-periods")
        }
        switch values["--dirty-rate-interval"] {
        case "off": return nil
        case let text?:
            settings.intervalMilliseconds = try ArgumentReader.milliseconds(text, option: "--dirty-rate-interval")
        case nil: break
        }
        return settings
    }

    private static func onceOptions(_ arguments: ArraySlice<String>) throws(AgentError) -> OnceOptions {
        var reader = ArgumentReader(
            arguments: arguments, command: "once",
            known: ["--interval", "--host", "--format", "--root", "--libvirt", "--host-cpu-from"])
        var options = OnceOptions()
        while let (name, value) = try reader.next() {
            switch name {
            case "--interval": options.intervalMilliseconds = try ArgumentReader.milliseconds(value, option: name)
            case "--host": options.hostName = value
            case "--format": options.format = try ArgumentReader.format(value)
            case "--libvirt": options.libvirt = try LibvirtOption(parsing: value)
            case "--host-cpu-from": options.hostProcessors = try ArgumentReader.hostProcessors(value)
            default: options.root = value
            }
        }
        return options
    }

    private static func statusOptions(_ arguments: ArraySlice<String>) throws(AgentError) -> StatusOptions {
        var reader = ArgumentReader(
            arguments: arguments, command: "status", known: ["--spool", "--sqlite", "--format"])
        var options = StatusOptions()
        while let (name, value) = try reader.next() {
            switch name {
            case "--spool": options.spoolDirectory = value
            case "--sqlite": options.databasePath = value
            default: options.format = try ArgumentReader.format(value)
            }
        }
        return options
    }
}

/// The options of `run` that belong to the server, which only make sense together.
private struct ServerArguments {
    var values: [String: String] = [:]

    func options() throws(AgentError) -> ServerOptions? {
        guard let url = values["--server"] else {
            guard let stray = values.keys.sorted().first else { return nil }
            throw ArgumentReader.usage("\(stray) needs --server as well")
        }
        let address = try ServerAddress(parsing: url)
        guard let tokenFile = values["--token-file"] else {
            throw ArgumentReader.usage("--server needs --token-file: the file with this host's token")
        }
        guard address.usesTLS || address.isLoopback || values["--insecure"] == "yes" else {
            throw ArgumentReader.usage(
                "--server \(url) would send the token in the clear; use https://, or type --insecure yes")
        }
        if address.usesTLS == false, values["--ca-file"] != nil {
            throw ArgumentReader.usage("--ca-file is of no use with http://")
        }
        var options = ServerOptions(address: address, tokenFile: tokenFile)
        options.certificateAuthorityFile = values["--ca-file"]
        if let directory = values["--spool"] { options.spoolDirectory = directory }
        if let text = values["--spool-max-bytes"] {
            options.spoolMaxBytes = try ArgumentReader.bytes(text, option: "--spool-max-bytes")
        }
        if let text = values["--timeout"] {
            options.timeoutMilliseconds = try ArgumentReader.milliseconds(text, option: "--timeout")
        }
        return options
    }
}
