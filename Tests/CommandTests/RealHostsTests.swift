import Foundation
import ProgramSupport
import Testing

/// Commands for real hosts, as far as they go without any.
@Suite struct RealHostsTests {
    @Test(arguments: [
        (["apply", "p.json", "--store", "s.sqlite", "--driver", "libvirt"], "--driver libvirt needs --hosts FILE"),
        (["resume", "--store", "s.sqlite", "--hosts", "h.yaml"], "--hosts goes with --driver libvirt"),
        (["inventory", "sync", "--driver", "simulated", "--hosts", "h.yaml"], "has no inventory to sync"),
        (["inventory", "sync", "--hosts", "h.yaml", "--store", "s", "-o", "c"], "either --store or --output"),
    ]) func wrongUsage(arguments: [String], message: String) async throws {
        let scratch = try Scratch()
        let outcome = try await scratch.drover(arguments)
        #expect(outcome.status == 64 && outcome.errors.contains(message), "\(outcome.status): \(outcome.errors)")
    }

    /// Mistakes are named with their lines, and nothing is made.
    @Test func mistakesInTheHostsFile() async throws {
        let scratch = try Scratch()
        try scratch.write(
            "format: drover.hosts/1\nname: lab\nhosts:\n  - id: h1\n    url: test:///default\n", to: "h.yaml")
        let outcome = try await scratch.drover("inventory", "sync", "--hosts", "h.yaml", "--store", "s.sqlite")
        #expect(outcome.status == 1)
        #expect(
            outcome.errors.contains("h.yaml:5") && outcome.errors.contains("unknown key 'url'"), "\(outcome.errors)")
        #expect(try !scratch.names.contains("s.sqlite"))
    }
}
