using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Geobuk.Corpus.Cards;

/// <summary>
/// What Croissant 1.1 requires of a dataset, its files, record sets and fields (specification, "Dataset-level Information",
/// "Resources", "RecordSets"), and that every reference leads somewhere.
/// </summary>
internal static partial class CroissantRules
{
    private static readonly string[] Required = ["name", "description", "license", "url", "creator", "datePublished"];

    /// <summary>One line per breach; none where the card is in order.</summary>
    public static IEnumerable<string> Problems(JsonNode card)
    {
        if (card["@context"] is not JsonObject context) yield return "@context is missing; expected prefixes and terms";
        else
            foreach (var prefix in new[] { "@vocab", "sc", "cr", "dct" })
                if (context[prefix] is null) yield return $"@context has no {prefix}";
        if ((string?)card["@type"] is not ("sc:Dataset" or "Dataset")) yield return $"@type is {card["@type"]}; expected sc:Dataset";
        if (!Texts(card["conformsTo"]).Contains(CroissantCard.Version)) yield return $"conformsTo does not name {CroissantCard.Version}";
        foreach (var key in Required)
            if (IsEmpty(card[key])) yield return $"{key} is missing";
        if (!Uri.TryCreate((string?)card["url"], UriKind.Absolute, out _)) yield return $"url is {card["url"]}; expected an absolute address";
        if (!DateTime.TryParse((string?)card["datePublished"], CultureInfo.InvariantCulture, out _)) yield return $"datePublished is {card["datePublished"]}; expected a date";
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in Nodes(card["distribution"]))
        {
            var id = (string?)file["@id"] ?? "";
            if (!ids.Add(id) || id.Length == 0) yield return $"distribution: @id '{id}' is missing or given twice";
            if ((string?)file["@type"] is not "cr:FileObject") yield return $"{id}: @type is {file["@type"]}; expected cr:FileObject";
            foreach (var key in new[] { "name", "contentUrl", "encodingFormat" })
                if (IsEmpty(file[key])) yield return $"{id}: {key} is missing";
            if (!Sha256().IsMatch((string?)file["sha256"] ?? "")) yield return $"{id}: sha256 is {file["sha256"]}; expected 64 hexadecimal digits";
        }
        foreach (var set in Nodes(card["recordSet"]))
        {
            if ((string?)set["@type"] is not "cr:RecordSet" || IsEmpty(set["@id"])) yield return "recordSet: expected @type cr:RecordSet and an @id";
            if (Nodes(set["field"]).Count == 0) yield return $"{set["@id"]}: field is empty";
            foreach (var field in Nodes(set["field"]))
            {
                if ((string?)field["@type"] is not "cr:Field" || IsEmpty(field["@id"]) || IsEmpty(field["dataType"])) yield return $"{set["@id"]}: a field lacks @type cr:Field, @id or dataType";
                if (field["source"]?["fileObject"]?["@id"] is not { } file || !ids.Contains((string)file!)) yield return $"{field["@id"]}: source leads to no file";
                if (field["source"]?["extract"] is not JsonObject { Count: 1 }) yield return $"{field["@id"]}: source.extract is missing";
            }
        }
    }

    internal static List<JsonNode> Nodes(JsonNode? node) => node switch
    {
        JsonArray array => [.. array.Where(item => item is not null).Select(item => item!)],
        null => [],
        _ => [node],
    };

    internal static IEnumerable<string> Texts(JsonNode? node) => Nodes(node).OfType<JsonValue>().Select(value => value.ToString());

    internal static bool IsEmpty(JsonNode? node) => node is null or JsonArray { Count: 0 } || (node is JsonValue value && value.ToString().Length == 0);

    [GeneratedRegex("^[0-9a-f]{64}$")]
    internal static partial Regex Sha256();
}
