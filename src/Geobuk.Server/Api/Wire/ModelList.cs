namespace Geobuk.Server.Api.Wire;

/// <summary>Answer of GET /v1/models.</summary>
internal sealed record ModelList(string Object, IReadOnlyList<ModelEntry> Data);

/// <summary>One served model: OpenAI's four fields, then what clients of a local server ask for.</summary>
internal sealed record ModelEntry(string Id, string Object, long Created, string OwnedBy, int MaxModelLen, bool HasChatTemplate, long Parameters, long Bytes);

/// <summary>Answer of GET /health.</summary>
internal sealed record HealthBody(string Status, string Version, IReadOnlyList<string> Models, int Running, int Waiting);
