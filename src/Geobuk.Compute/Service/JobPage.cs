using System.Globalization;
using Geobuk.Compute.Access;
using Geobuk.Compute.Jobs;

namespace Geobuk.Compute.Service;

/// <summary>Some jobs of many.</summary>
/// <param name="Jobs">In the order of the view.</param>
/// <param name="Next">The number beyond which there are more; null where there are none.</param>
/// <param name="Matched">How many the whole view has; null for those that are over, which nobody counts.</param>
/// <param name="Running">How many hold devices, whatever was asked for.</param>
/// <param name="Pending">How many wait, whatever was asked for.</param>
public sealed record JobPage(IReadOnlyList<JobRecord> Jobs, long? Next, int? Matched, int Running, int Pending)
{
    // A text that is nowhere is not looked for through years of jobs in one go: the page is short then, and says where to go on.
    private const int Batch = 500, MostLookedAt = 10_000;

    /// <summary>What a key may see of it.</summary>
    /// <param name="open">All jobs that are not over.</param>
    /// <param name="store">Those that are.</param>
    /// <param name="query">What to look at.</param>
    /// <param name="by">Who looks.</param>
    public static JobPage Of(IReadOnlyList<JobRecord> open, ComputeStore store, JobQuery query, ApiKey by)
    {
        var seen = open.Where(job => by.MaySee(job.Tenant)).ToList();
        var pending = seen.Count(job => job.Phase == JobPhase.Pending);
        var text = Plain(query.Text);
        if (query.View == JobView.Over)
        {
            var (over, next) = Over(store, query, job => by.MaySee(job.Tenant) && Has(job, text));
            return new JobPage(over, next, null, seen.Count - pending, pending);
        }
        var matched = seen.Where(job => (query.View == JobView.Open || job.Phase == JobPhase.Pending == (query.View == JobView.Pending)) && Has(job, text)).ToList();
        var beyond = matched.Where(job => job.Id > (query.Beyond ?? 0)).OrderBy(job => job.Id).Take(query.Limit + 1).ToList();
        var page = beyond.Take(query.Limit).ToList();
        return new JobPage(page, beyond.Count > page.Count ? page[^1].Id : null, matched.Count, seen.Count - pending, pending);
    }

    private static (IReadOnlyList<JobRecord> Jobs, long? Next) Over(ComputeStore store, JobQuery query, Predicate<JobRecord> wanted)
    {
        var (page, before, looked) = (new List<JobRecord>(), query.Beyond ?? long.MaxValue, 0);
        while (store.Over(before, Batch) is { Count: > 0 } batch)
        {
            foreach (var job in batch)
            {
                if (wanted(job))
                {
                    if (page.Count == query.Limit) return (page, page[^1].Id);
                    page.Add(job);
                }
                before = job.Id;
            }
            if ((looked += batch.Count) >= MostLookedAt) return (page, before);
        }
        return (page, null);
    }

    private static bool Has(JobRecord job, string text) => text.Length == 0 || job.Id.ToString(CultureInfo.InvariantCulture) == text
        || new[] { job.Tenant, job.Request.Name ?? "", job.Request.Command[0] }.Any(part => Plain(part).Contains(text, StringComparison.OrdinalIgnoreCase));

    /// <summary>Letters of full width (U+FF01 to U+FF5E, and the space U+3000) are those of ASCII, moved.</summary>
    private static string Plain(string text) => string.Concat(text.Trim().Select(c => c is >= '\uFF01' and <= '\uFF5E' ? (char)(c - 0xFEE0) : c == '\u3000' ? ' ' : c));
}
