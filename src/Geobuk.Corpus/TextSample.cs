namespace Geobuk.Corpus;

/// <summary>The beginning of a document in a set, for the report; what was masked is masked here too.</summary>
/// <param name="Source">Folder or file that the user named.</param>
/// <param name="Id">Name within its source.</param>
/// <param name="Set">The set that it is in.</param>
/// <param name="Text">At most 300 characters; of a masked document those around the first placeholder.</param>
public sealed record TextSample(string Source, string Id, string Set, string Text)
{
    private const int PerSource = 2, Length = 300, Before = 100;

    /// <summary>Keeps the first two documents of each source and set kind, masked or not.</summary>
    internal sealed class Keeper
    {
        private readonly Dictionary<(string Source, bool Masked), int> _counts = [];

        public List<TextSample> Samples { get; } = [];

        public void Offer(EncodedDocument document, string set)
        {
            var (source, redactions) = (document.Entry.File.Source, document.Entry.Origin.Redactions);
            var key = (source, redactions.Count > 0);
            var count = _counts.GetValueOrDefault(key);
            if (count >= PerSource) return;
            _counts[key] = count + 1;
            var first = redactions.Keys.Select(kind => document.Text.IndexOf(Screening.FindingKind.Placeholder(kind), StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(0).Min();
            Samples.Add(new TextSample(source, document.Entry.Id, set, Cut(document.Text, Math.Max(0, first - Before))));
        }

        private static string Cut(string text, int from)
        {
            if (from > 0 && char.IsLowSurrogate(text[from])) from--;
            var to = Math.Min(text.Length, from + Length);
            if (to < text.Length && char.IsLowSurrogate(text[to])) to--;
            return $"{(from > 0 ? "… " : "")}{text[from..to]}{(to < text.Length ? " …" : "")}";
        }
    }
}
