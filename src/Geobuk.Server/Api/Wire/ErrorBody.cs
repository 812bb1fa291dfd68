namespace Geobuk.Server.Api.Wire;

/// <summary>OpenAI's error shape.</summary>
internal sealed record ErrorBody(ErrorDetail Error);

/// <summary>What went wrong. All four fields are always written.</summary>
internal sealed record ErrorDetail(string Message, string Type, string? Param, string? Code);

/// <summary>The error shape outside /v1 (RFC 9457).</summary>
internal sealed record ProblemBody(string Type, string Title, int Status, string Detail);
