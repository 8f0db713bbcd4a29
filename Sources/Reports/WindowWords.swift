package import ClusterModel
import Planning

/// Whether a plan keeps its window, in words, as all reports say it.
package enum WindowWords {
    /// Lines with a label each, the answer first; empty for a plan without a window.
    package static func lines(of plan: Plan) -> [(label: String, text: String)] {
        guard let answer = WindowAnswer(of: plan) else { return [] }
        var lines = [("Answer", self.answer(answer)), ("Window", window(answer))]
        if !answer.busyLinks.isEmpty {
            let links = answer.busyLinks.map { "\($0.name), busy for \(Figures.duration($0.busySeconds))" }
            lines.append(("Held up by", links.joined(separator: "; ")))
        }
        if !answer.late.isEmpty {
            let vms = answer.late.map { "\($0.vm) on \($0.from) (\(Figures.offset($0.endsAtSeconds)))" }
            lines.append(("Late", PlanWords.list(vms)))
        }
        if let start = answer.latestStart {
            lines.append(("Latest start", "\(moment(start, answer.clock?.latestStart, answer)) would do"))
        }
        return lines
    }

    /// What would make it a yes.
    package static func unblocking(of plan: Plan) -> [String] { WindowAnswer(of: plan)?.unblock ?? [] }

    private static func answer(_ answer: WindowAnswer) -> String {
        let end = moment(answer.finish, answer.clock?.finish, answer)
        let confidence = "with a confidence of \(Figures.percent(answer.confidence))"
        let spare = Figures.duration(abs(answer.marginSeconds))
        if answer.isYes { return "yes: over by \(end) \(confidence), \(spare) to spare" }
        guard answer.marginSeconds < 0 else { return "no: not everything that is asked can be done, whatever the time" }
        return "no: over by \(end) \(confidence), \(spare) late"
    }

    private static func window(_ answer: WindowAnswer) -> String {
        "\(moment(answer.window.from, answer.clock?.from, answer)) to \(moment(answer.window.by, answer.clock?.by, answer))"
    }

    /// On the operator's clock where that is known, and in UTC.
    private static func moment(_ moment: Timestamp, _ local: String?, _ answer: WindowAnswer) -> String {
        guard let local, let zone = answer.clock?.zone else { return "\(moment)" }
        return "\(local) \(zone) (\(moment))"
    }
}
