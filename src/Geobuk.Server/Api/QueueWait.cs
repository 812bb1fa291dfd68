namespace Geobuk.Server.Api;

/// <summary>A request's wait for its place.</summary>
internal static class QueueWait
{
    /// <summary>Waits until the place is there, and tells whoever waits in a stream how many are before it.</summary>
    /// <param name="begun">Done once the place is there.</param>
    /// <param name="notice">How often the place is told.</param>
    /// <param name="tell">Tells it.</param>
    /// <param name="stopping">The server stops: who still waits is turned away.</param>
    /// <param name="cancellationToken">The client left, or the time is up.</param>
    public static async Task UntilAsync(Task begun, TimeSpan notice, Func<Task> tell, CancellationToken stopping, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping);
        while (!begun.IsCompleted)
        {
            try
            {
                await begun.WaitAsync(notice, ending.Token);
            }
            catch (TimeoutException)
            {
                await tell();
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw ApiException.Stopping();
            }
        }
    }
}
