import Foundation
import ProgramSupport
import RigSupport
import TestSupport
import Testing

extension Fault {
    static let all: [Fault] = [
        killed(at: "runStarted"), killed(at: "stepIntended"), killed(at: "transferring"),
        killed(at: "handing over", settings: ["modes=[staged]"]),
        killed(at: "fetching", settings: ["modes=[postCopy]"]),
        during("the destination's QEMU is killed") { site, move in try site.killEmulator(on: move.to) },
        during("the destination's link is cut for 25 s") { site, move in
            try site.lab.rig.cutLink(of: move.to)
            try await Task.sleep(for: .seconds(25))
            try site.lab.rig.mendLink(of: move.to)
        },
        during("the source's libvirtd is killed and started again") { site, move in
            try site.lab.rig.run("libvirtd", move.from, "kill")
            try site.lab.rig.run("libvirtd", move.from, "start")
        },
        during("somebody else aborts the migration") { site, move in
            try site.lab.rig.virsh(move.from, "domjobabort", FaultSite.guest)
        },
        movedBehindItsBack, shutDownBehindItsBack, destinationFilled, twoDrovers, twoDroversTwoStores, fullDisk,
    ]

    /// kill -9 of Drover, then `drover resume`.
    private static func killed(at event: String, settings: [String] = []) -> Fault {
        Fault(name: "kill -9 of Drover at `\(event)`") { site, name in
            let move = try await site.plan(named: name, settings: settings)
            let running = try site.apply(move)
            let isAlive = try await site.wait(for: event, move, running)
            running.kill()
            #expect(isAlive, "Drover had ended before \(event)")
            let resumed = try await site.resume(move)
            return try await result(site, move, resumed.output + resumed.errors)
        }
    }

    /// Something happens while memory is copied.
    private static func during(
        _ name: String, _ happen: @escaping @Sendable (FaultSite, FaultSite.Move) async throws -> Void
    ) -> Fault {
        Fault(name: name) { site, name in
            let move = try await site.plan(named: name)
            let running = try site.apply(move)
            #expect(try await site.wait(for: "transferring", move, running))
            try await Task.sleep(for: .seconds(1))
            try await happen(site, move)
            _ = await running.ended()
            return try await result(site, move, try read(running))
        }
    }

    private static let movedBehindItsBack = Fault(name: "the VM was moved behind Drover's back") { site, name in
        let move = try await site.plan(named: name)
        try site.lab.rig.virsh(
            move.from, "migrate", "--live", "--persistent", "--undefinesource", FaultSite.guest, site.lab.rig.uri("h3"))
        let running = try site.apply(move)
        _ = await running.ended()
        let place = try site.expectIntact()
        #expect(place == "h3")
        let result = try await result(site, move, try read(running))
        try site.lab.rig.virsh(
            "h3", "migrate", "--live", "--persistent", "--undefinesource", FaultSite.guest, site.lab.rig.uri(move.from))
        return Result(place: "where it was moved", words: result.words)
    }

    /// It runs nowhere, as its owner wished: Drover does not bring it back.
    private static let shutDownBehindItsBack = Fault(name: "the VM is shut down behind Drover's back") { site, name in
        let move = try await site.plan(named: name)
        let running = try site.apply(move)
        #expect(try await site.wait(for: "transferring", move, running))
        try site.lab.rig.virsh(move.from, "destroy", FaultSite.guest)
        _ = await running.ended()
        for host in site.lab.rig.hosts { #expect(try site.lab.rig.runningGuests(on: host).isEmpty) }
        try await site.expectComplete(move)
        let words = try words(site, move, try read(running))
        try site.startAgain(on: move.from)
        return Result(place: "nowhere, as its owner wished", words: words)
    }

    private static let destinationFilled = Fault(name: "the destination is filled up meanwhile") { site, name in
        let move = try await site.plan(named: name)
        try site.lab.rig.start([RigGuest("filler", memoryMiB: 896)], on: move.to)
        let running = try site.apply(move)
        _ = await running.ended()
        let result = try await result(site, move, try read(running))
        try site.lab.rig.virsh(move.to, "destroy", "filler")
        try site.lab.rig.virsh(move.to, "undefine", "filler")
        return result
    }

    private static let twoDrovers = Fault(name: "a second Drover is started on the same plan") { site, name in
        let move = try await site.plan(named: name)
        let first = try site.apply(move)
        #expect(try await site.wait(for: "transferring", move, first))
        let second = try site.apply(move)
        #expect(await second.ended() != 0)
        let refusal = try read(second)
        #expect(await first.ended() == 0)
        let result = try await result(site, move, try read(first))
        #expect(result.place == "destination")
        return Result(place: result.place, words: "the second: \(lastLine(refusal).prefix { !$0.isNumber })...")
    }

    private static let twoDroversTwoStores = Fault(name: "a second Drover, with a store of its own, moves the same VM")
    {
        site, name in
        let move = try await site.plan(named: name)
        let other = try await site.plan(to: "h3", named: name + "other", settings: ["execution.retries=0"])
        let first = try site.apply(move)
        #expect(try await site.wait(for: "transferring", move, first))
        let second = try site.apply(other)
        #expect(await second.ended() != 0)
        #expect(await first.ended() == 0)
        let result = try await result(site, move, try read(first))
        try await site.expectComplete(other)
        #expect(result.place == "destination")
        return Result(place: result.place, words: "the second: \(try words(site, other, try read(second)))")
    }

    /// Drover stops; with room again, `drover resume` goes on.
    private static let fullDisk = Fault(name: "the disk of the journal is full") { site, name in
        let disk = try SmallDisk(in: site.lab.scratch, named: name, mebibytes: 6)
        // What runs is followed for twice its time limit.
        let move = try await site.plan(named: name, in: name, settings: ["execution.timeoutSlackSeconds=10"])
        let running = try site.apply(move)
        #expect(try await site.wait(for: "transferring", move, running))
        try disk.fill()
        #expect(await running.ended() != 0)
        let words = try read(running)
        try disk.empty()
        let resumed = try await site.resume(move)
        #expect(resumed.status == 0, "\(resumed.output)\(resumed.errors)")
        let result = try await result(site, move, resumed.output)
        return Result(place: result.place, words: lastLine(words))
    }

    // MARK: - What came of it

    private static func result(_ site: FaultSite, _ move: FaultSite.Move, _ output: String) async throws -> Result {
        let place = try site.expectIntact()
        try await site.expectComplete(move)
        let words = try words(site, move, output)
        return Result(place: place == move.to ? "destination" : place == move.from ? "source" : place, words: words)
    }

    /// The failures that the journal names, why a step was skipped, and how the run ended.
    private static func words(_ site: FaultSite, _ move: FaultSite.Move, _ output: String) throws -> String {
        var messages = try site.messages(of: move)
        let summary = jsonPart(output)
        if summary.isEmpty {
            messages.append(lastLine(output))
        } else {
            let run = try JSONDecoder().decode(RunFile.self, from: Data(summary.utf8))
            messages += run.steps.filter { $0.state == "skipped" }.map { $0.reason ?? "skipped for no reason" }
            messages.append(run.outcome)
        }
        // The same for both directions.
        return messages.joined(separator: "; then: ")
            .replacing(move.from, with: "SOURCE").replacing(move.to, with: "DESTINATION")
    }

    private static func jsonPart(_ output: String) -> Substring {
        guard let first = output.firstIndex(of: "{"), let last = output.lastIndex(of: "}") else { return "" }
        return output[first...last]
    }

    private static func read(_ running: Programs.Running) throws -> String {
        try String(contentsOfFile: running.output, encoding: .utf8)
            + String(contentsOfFile: running.errors, encoding: .utf8)
    }

    private static func lastLine(_ text: String) -> String {
        String(text.split(separator: "\n").last ?? "nothing")
    }
}
