using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Geobuk.Corpus.Cards;

/// <summary>
/// What SPDX 3.0.1 requires of a document that claims the Dataset profile: cardinalities of CreationInfo, Element, SpdxDocument,
/// DatasetPackage, Relationship and Hash, the vocabularies used, one declared and one concluded licence, and that references resolve.
/// </summary>
internal static partial class SpdxRules
{
    private static readonly string[] DatasetTypes =
        ["audio", "categorical", "graph", "image", "noAssertion", "numeric", "other", "sensor", "structured", "syntactic", "text", "timeseries", "timestamp", "video"];

    private static readonly string[] Agents = ["Agent", "Organization", "Person", "SoftwareAgent"];

    private static readonly string[] DatasetProperties = ["name", "builtTime", "releaseTime", "software_downloadLocation", "software_primaryPurpose"];

    /// <summary>One line per breach; none where the card is in order.</summary>
    public static IEnumerable<string> Problems(JsonNode card)
    {
        if ((string?)card["@context"] != SpdxCard.Context) yield return $"@context is {card["@context"]}; expected {SpdxCard.Context}";
        var elements = CroissantRules.Nodes(card["@graph"]);
        var ids = elements.Select(Id).Where(id => id is not null).ToHashSet(StringComparer.Ordinal);
        if (ids.Count != elements.Count) yield return "@graph: an id is missing or given twice";
        var byId = elements.Where(element => Id(element) is not null).DistinctBy(Id).ToDictionary(element => Id(element)!, StringComparer.Ordinal);
        foreach (var problem in elements.SelectMany(element => Problems(element, byId))) yield return problem;
        if (elements.Count(element => Type(element) == "SpdxDocument") != 1) yield return "expected exactly one SpdxDocument";
        if (!elements.Exists(element => Type(element) == "dataset_DatasetPackage")) yield return "no dataset_DatasetPackage";
        foreach (var dataset in elements.Where(element => Type(element) == "dataset_DatasetPackage"))
            foreach (var kind in new[] { "hasDeclaredLicense", "hasConcludedLicense" })
                if (elements.Count(element => (string?)element["relationshipType"] == kind && (string?)element["from"] == Id(dataset)) != 1)
                    yield return $"{Id(dataset)}: expected exactly one {kind}";
    }

    private static IEnumerable<string> Problems(JsonNode element, Dictionary<string, JsonNode> byId)
    {
        var id = Id(element);
        if (Type(element) is not "CreationInfo")
        {
            if (!Uri.TryCreate(id, UriKind.Absolute, out _)) yield return $"{id}: spdxId is no absolute IRI";
            if ((string?)element["creationInfo"] is not { } info || !byId.TryGetValue(info, out var target) || Type(target) != "CreationInfo") yield return $"{id}: creationInfo leads nowhere";
        }
        foreach (var time in new[] { "created", "builtTime", "releaseTime" })
            if (element[time] is { } value && !TimeStamp().IsMatch(value.ToString())) yield return $"{id}: {time} is {value}; expected YYYY-MM-DDThh:mm:ssZ";
        foreach (var hash in CroissantRules.Nodes(element["verifiedUsing"]))
            if ((string?)hash["type"] != "Hash" || (string?)hash["algorithm"] != "sha256" || !CroissantRules.Sha256().IsMatch((string?)hash["hashValue"] ?? "")) yield return $"{id}: verifiedUsing is no SHA-256";
        IEnumerable<string> own = Type(element) switch
        {
            "CreationInfo" => OfCreationInfo(element, byId),
            "SpdxDocument" => OfDocument(element, byId),
            "dataset_DatasetPackage" => OfDataset(element, byId),
            "Relationship" => OfRelationship(element, byId),
            "software_File" or "SoftwareAgent" or "simplelicensing_SimpleLicensingText" => CroissantRules.IsEmpty(element["name"]) ? [$"{id}: name is missing"] : [],
            "simplelicensing_LicenseExpression" => CroissantRules.IsEmpty(element["simplelicensing_licenseExpression"]) ? [$"{id}: no licence expression"] : [],
            _ => [$"{id}: type {Type(element)} is not one that this card uses"],
        };
        foreach (var problem in own) yield return problem;
    }

    private static IEnumerable<string> OfCreationInfo(JsonNode info, Dictionary<string, JsonNode> byId)
    {
        if ((string?)info["specVersion"] != "3.0.1") yield return $"specVersion is {info["specVersion"]}; expected 3.0.1";
        if (CroissantRules.IsEmpty(info["created"])) yield return "CreationInfo: created is missing";
        var agents = CroissantRules.Texts(info["createdBy"]).ToList();
        if (agents.Count == 0 || agents.Exists(agent => !byId.TryGetValue(agent, out var target) || !Agents.Contains(Type(target)))) yield return "CreationInfo: createdBy names no agent";
    }

    private static IEnumerable<string> OfDocument(JsonNode document, Dictionary<string, JsonNode> byId)
    {
        var profiles = CroissantRules.Texts(document["profileConformance"]).ToList();
        foreach (var profile in new[] { "core", "software", "dataset", "simpleLicensing" })
            if (!profiles.Contains(profile)) yield return $"SpdxDocument: profileConformance lacks {profile}";
        if (!CroissantRules.Texts(document["rootElement"]).Any(byId.ContainsKey)) yield return "SpdxDocument: rootElement leads nowhere";
    }

    private static IEnumerable<string> OfDataset(JsonNode dataset, Dictionary<string, JsonNode> byId)
    {
        foreach (var key in DatasetProperties)
            if (CroissantRules.IsEmpty(dataset[key])) yield return $"{Id(dataset)}: {key} is missing";
        var types = CroissantRules.Texts(dataset["dataset_datasetType"]).ToList();
        if (types.Count == 0 || !types.TrueForAll(DatasetTypes.Contains)) yield return $"{Id(dataset)}: dataset_datasetType is {dataset["dataset_datasetType"]}";
        if (CroissantRules.Texts(dataset["originatedBy"]).Count(byId.ContainsKey) != 1) yield return $"{Id(dataset)}: originatedBy must name one agent";
        if ((string?)dataset["dataset_hasSensitivePersonalInformation"] is not (null or "yes" or "no" or "noAssertion")) yield return $"{Id(dataset)}: dataset_hasSensitivePersonalInformation is none of yes, no, noAssertion";
    }

    private static IEnumerable<string> OfRelationship(JsonNode relationship, Dictionary<string, JsonNode> byId)
    {
        if (CroissantRules.IsEmpty(relationship["relationshipType"])) yield return $"{Id(relationship)}: relationshipType is missing";
        var ends = CroissantRules.Texts(relationship["to"]).ToList();
        if ((string?)relationship["from"] is not { } from || !byId.ContainsKey(from) || ends.Count == 0 || !ends.TrueForAll(byId.ContainsKey)) yield return $"{Id(relationship)}: an end leads nowhere";
    }

    private static string? Id(JsonNode element) => (string?)(element["spdxId"] ?? element["@id"]);

    private static string? Type(JsonNode element) => (string?)element["type"];

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    private static partial Regex TimeStamp();
}
