using Geobuk.Server.Api.Wire;

namespace Geobuk.Server.Api;

/// <summary>How an answer looks on the wire: as chat or as text completion.</summary>
internal interface IAnswerFormat
{
    /// <summary>Sends what comes before the first piece.</summary>
    Task OpenAsync(EventStream stream, CancellationToken cancellationToken);

    /// <summary>Sends one piece.</summary>
    Task SendAsync(EventStream stream, AnswerPart part, CancellationToken cancellationToken);

    /// <summary>Sends the last event, which has no choice in it.</summary>
    Task SendUsageAsync(EventStream stream, Usage usage, CancellationToken cancellationToken);

    /// <summary>Writes a whole answer.</summary>
    Task WriteAsync(HttpResponse response, AnswerPart answer, Usage usage, CancellationToken cancellationToken);
}
