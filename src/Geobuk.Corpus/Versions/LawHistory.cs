using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Geobuk.Corpus.Sources;
using Geobuk.Models;

namespace Geobuk.Corpus.Versions;

/// <summary>
/// The history of laws as a ledger of changes: versions.jsonl (one dated version a line) and article_changes.jsonl (one changed article a line: op
/// add, mod or del, the whole new text, and the first 16 digits of the SHA-256 of the text before). The ledger is checked as it is read.
/// </summary>
public static class LawHistory
{
    /// <summary>The files that a folder of history has.</summary>
    public const string VersionsFile = "versions.jsonl", ChangesFile = "article_changes.jsonl";

    /// <summary>
    /// Every law in force on <paramref name="day"/>, by path: the version with the latest day of entry into force not after it, of two with one day the
    /// later promulgated; laws not yet made or repealed are left out.
    /// </summary>
    /// <exception cref="UserInputException">A file is absent, or a line is damaged or does not follow from those before it.</exception>
    public static IReadOnlyList<HistoricLaw> AsOf(string folder, DateOnly day, CancellationToken cancellation)
    {
        var versions = Versions(Path.Combine(folder, VersionsFile));
        var inForce = versions.Select(law => (law.Key, Place: InForce(law.Value, day))).Where(law => law.Place >= 0).ToDictionary(law => law.Key, law => law.Place);
        var texts = Texts(Path.Combine(folder, ChangesFile), versions, inForce, cancellation);
        return [.. inForce.Where(law => versions[law.Key][law.Value].Revision?.EndsWith("폐지", StringComparison.Ordinal) != true)
            .OrderBy(law => law.Key, StringComparer.Ordinal)
            .Select(law => new HistoricLaw(law.Key, versions[law.Key][law.Value], Articles(texts.GetValueOrDefault(law.Key))))];
    }

    private static IReadOnlyList<(string, string)> Articles(Dictionary<string, string>? texts) =>
        [.. (texts ?? []).OrderBy(article => HistoricLaw.Order(article.Key)).ThenBy(article => article.Key, StringComparer.Ordinal).Select(article => (article.Key, article.Value))];

    private static int InForce(List<LawVersion> versions, DateOnly day)
    {
        var best = -1;
        for (var i = 0; i < versions.Count; i++)
        {
            if (versions[i].Effective > day) continue;
            if (best < 0 || (versions[i].Effective, versions[i].Promulgated).CompareTo((versions[best].Effective, versions[best].Promulgated)) >= 0) best = i;
        }
        return best;
    }

    private static Dictionary<string, List<LawVersion>> Versions(string path)
    {
        var laws = new Dictionary<string, List<LawVersion>>(StringComparer.Ordinal);
        foreach (var (place, line) in Lines(path))
        {
            var law = Required(line, "path", place);
            if (!laws.TryGetValue(law, out var versions)) laws[law] = versions = [];
            versions.Add(new LawVersion(Required(line, "title", place), Required(line, "law_id", place), Required(line, "mst", place), Required(line, "no", place),
                Day(line, "promulgated", place), Day(line, "effective", place), Optional(line, "change")));
        }
        return laws;
    }

    private static Dictionary<string, Dictionary<string, string>> Texts(
        string path, Dictionary<string, List<LawVersion>> versions, Dictionary<string, int> inForce, CancellationToken cancellation)
    {
        var places = versions.SelectMany(law => law.Value.Select((version, i) => (Key: (law.Key, version.Promulgated, version.Effective, version.Number), i)))
            .GroupBy(version => version.Key).ToDictionary(group => group.Key, group => group.First().i);
        var texts = new Dictionary<string, Dictionary<string, string>>(StringComparer.Ordinal);
        foreach (var (place, line) in Lines(path))
        {
            cancellation.ThrowIfCancellationRequested();
            var law = Required(line, "path", place);
            var key = (law, Day(line, "promulgated", place), Day(line, "effective", place), Required(line, "no", place));
            if (!places.TryGetValue(key, out var version))
                throw new UserInputException($"{place}: a change of {law} by {key.Item4} of {key.Item2:yyyy-MM-dd}; expected a version that {VersionsFile} lists. Fetch both files anew.");
            if (!inForce.TryGetValue(law, out var last) || version > last) continue;
            if (!texts.TryGetValue(law, out var articles)) texts[law] = articles = new Dictionary<string, string>(StringComparer.Ordinal);
            Apply(articles, line, place);
        }
        return texts;
    }

    private static void Apply(Dictionary<string, string> articles, JsonElement line, string place)
    {
        var article = Required(line, "article", place);
        var before = articles.GetValueOrDefault(article);
        var (stated, actual) = (Optional(line, "prev_sha"), before is null ? null : Digest(before));
        if (stated != actual)
            throw new UserInputException($"{place}: {article} changes a text with digest {stated ?? "none"}, but the text before has {actual ?? "none"}; expected the changes in their order, all of them. Fetch the file anew.");
        var operation = Required(line, "op", place);
        if (operation == "del") articles.Remove(article);
        else if (operation is "add" or "mod") articles[article] = Required(line, "text", place);
        else throw new UserInputException($"{place}: op is {operation}; expected add, mod or del. Correct the line.");
    }

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];

    private static IEnumerable<(string Place, JsonElement Line)> Lines(string path)
    {
        if (!File.Exists(path)) throw new UserInputException($"{path}: no such file; expected a folder with {VersionsFile} and {ChangesFile}. Name the folder that has them.");
        var number = 0;
        foreach (var text in File.ReadLines(path))
        {
            var place = $"{path}:{++number}";
            if (string.IsNullOrWhiteSpace(text)) continue;
            JsonElement line;
            try
            {
                line = JsonElement.Parse(text);
            }
            catch (JsonException e)
            {
                throw new UserInputException($"{place}: {e.Message.Split('.')[0]}; expected a JSON object. Fetch the file anew.", e);
            }
            if (line.ValueKind != JsonValueKind.Object) throw new UserInputException($"{place}: a JSON {line.ValueKind}; expected an object. Fetch the file anew.");
            yield return (place, line);
        }
    }

    private static string Required(JsonElement line, string key, string place) =>
        Optional(line, key) ?? throw new UserInputException($"{place}: no {key}; expected a text under it. Fetch the file anew.");

    private static string? Optional(JsonElement line, string key) =>
        line.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static DateOnly Day(JsonElement line, string key, string place) =>
        DocumentDates.Parse(Optional(line, key)) ?? throw new UserInputException($"{place}: {key} is {Optional(line, key) ?? "missing"}; expected a day such as 2015-01-01. Fetch the file anew.");
}
