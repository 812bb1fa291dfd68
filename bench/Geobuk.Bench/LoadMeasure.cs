using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Geobuk.Bench;

/// <summary>
/// Many clients against a server on this machine: random prompts and lengths, streams and whole answers, some cancelled, some cut off. Then
/// twice as many, then one again. Only 429 may be refused; afterwards no block may be held and memory must be what it was after warm-up.
/// </summary>
internal static class LoadMeasure
{
    public static async Task<int> RunAsync(Uri server, string model, int clients, double minutes, int maxTokens, int? process)
    {
        if (!server.IsLoopback) throw new ArgumentException($"{server}: not this machine; load is for a server of your own on 127.0.0.1");
        var tally = new Tally();
        await PhaseAsync("warm-up", clients, minutes / 5);
        var warm = Memory();
        tally = new Tally();
        await PhaseAsync($"{clients} clients", clients, minutes);
        var after = Memory();
        Console.WriteLine(tally.Summary());
        var errors = tally.Errors.Sum(entry => entry.Value);
        tally = new Tally();
        await PhaseAsync($"{2 * clients} clients", 2 * clients, minutes / 5);
        Console.WriteLine(tally.Summary());
        errors += tally.Errors.Sum(entry => entry.Value);
        await Task.Delay(3000);
        var answered = await OneAsync(new Random(1), CancellationToken.None, careful: true);
        var metrics = await NewClient().GetStringAsync("/metrics");
        var held = metrics.Split('\n').Where(line => line.StartsWith("geobuk:kv_blocks_used{", StringComparison.Ordinal) || line.StartsWith("vllm:num_requests_", StringComparison.Ordinal)).ToList();
        Console.WriteLine(string.Join('\n', held));
        Console.WriteLine($"resident memory: {warm / 1e6:f0} MB after warm-up, {after / 1e6:f0} MB after the load, {Memory() / 1e6:f0} MB at the end");
        Console.WriteLine(answered ? "answers again after the overload" : "DOES NOT ANSWER after the overload");
        return errors == 0 && answered && held.All(line => line.EndsWith(" 0", StringComparison.Ordinal)) ? 0 : 1;

        HttpClient NewClient() => new(new SocketsHttpHandler()) { BaseAddress = server, Timeout = TimeSpan.FromMinutes(10) };

        double Memory() => process is { } id ? Process.GetProcessById(id).WorkingSet64 : 0;

        async Task PhaseAsync(string name, int count, double length)
        {
            Console.WriteLine($"{DateTime.UtcNow:HH:mm:ss} {name}, {60 * length:f0} s");
            using var end = new CancellationTokenSource(TimeSpan.FromMinutes(length));
            await Task.WhenAll(Enumerable.Range(0, count).Select(i => Task.Run(() => ClientAsync(new Random(i), end.Token))));
        }

        async Task ClientAsync(Random random, CancellationToken end)
        {
            while (!end.IsCancellationRequested) await OneAsync(random, end, careful: false);
        }

        async Task<bool> OneAsync(Random random, CancellationToken end, bool careful)
        {
            // A connection of its own, so that cutting it off is what a vanished client does.
            using var http = NewClient();
            using var leave = CancellationTokenSource.CreateLinkedTokenSource(end);
            if (!careful && random.Next(6) == 0) leave.CancelAfter(random.Next(20, 1500));
            try
            {
                var stream = random.Next(4) > 0;
                var words = string.Concat(Enumerable.Range(0, random.Next(1, 160)).Select(_ => (char)('가' + random.Next(600))));
                var body = new JsonObject { ["model"] = model, ["prompt"] = (random.Next(2) == 0 ? "제1조(목적) 이 규정은 휴가에 관한 사항을 정한다. " : "") + words, ["max_tokens"] = random.Next(1, maxTokens + 1), ["temperature"] = 1, ["stream"] = stream };
                using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
                using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leave.Token);
                if (response.StatusCode == HttpStatusCode.TooManyRequests)
                {
                    tally.Refuse();
                    await Task.Delay(TimeSpan.FromMilliseconds(random.Next(200, 1000)), end);
                    return false;
                }
                if (!response.IsSuccessStatusCode)
                {
                    tally.Fail($"{(int)response.StatusCode}");
                    return false;
                }
                using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(leave.Token));
                var last = 0L;
                var done = !stream;
                while (await reader.ReadLineAsync(leave.Token) is { } line)
                {
                    if (!line.StartsWith("data: ", StringComparison.Ordinal)) continue;
                    if (line == "data: [DONE]") done = true;
                    else if (line.Contains("\"error\"", StringComparison.Ordinal)) tally.Fail(line);
                    else if (last != 0) tally.Gap(Stopwatch.GetElapsedTime(last).TotalMilliseconds);
                    last = Stopwatch.GetTimestamp();
                }
                if (!done) tally.Fail("a stream without its end");
                tally.Answer();
                return done;
            }
            catch (OperationCanceledException) when (leave.IsCancellationRequested)
            {
                tally.Leave();
                return false;
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                if (!leave.IsCancellationRequested) tally.Fail(e.GetType().Name);
                return false;
            }
        }
    }

    private sealed class Tally
    {
        private readonly ConcurrentBag<double> _gaps = [];
        private int _answered, _refused, _left;

        public ConcurrentDictionary<string, int> Errors { get; } = [];
        public void Answer() => Interlocked.Increment(ref _answered);
        public void Refuse() => Interlocked.Increment(ref _refused);
        public void Leave() => Interlocked.Increment(ref _left);
        public void Fail(string what) => Errors.AddOrUpdate(what, 1, (_, count) => count + 1);
        public void Gap(double milliseconds) => _gaps.Add(milliseconds);

        public string Summary()
        {
            var gaps = _gaps.Order().ToArray();
            var times = gaps.Length == 0 ? "no gaps" : $"between events: median {gaps[gaps.Length / 2]:f0} ms, p99 {gaps[gaps.Length * 99 / 100]:f0} ms, largest {gaps[^1]:f0} ms";
            return $"{_answered} answered, {_refused} refused with 429, {_left} left early, errors: {(Errors.IsEmpty ? "none" : string.Join(", ", Errors.Select(entry => $"{entry.Value} x {entry.Key}")))}; {times}";
        }
    }
}
