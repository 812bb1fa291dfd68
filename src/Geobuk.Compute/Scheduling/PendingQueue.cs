using System.Collections;

namespace Geobuk.Compute.Scheduling;

/// <summary>Jobs in an order that does not change while they wait.</summary>
internal sealed class PendingQueue(IComparer<JobState> order) : IReadOnlyList<JobState>
{
    private readonly List<JobState> _jobs = [];

    /// <summary>Rank, then submission.</summary>
    public static IComparer<JobState> ByRank { get; } = Comparer<JobState>.Create((a, b) =>
        a.Rank.CompareTo(b.Rank) is var rank and not 0 ? rank : BySubmission!.Compare(a, b));

    /// <summary>Submission, then id.</summary>
    public static IComparer<JobState> BySubmission { get; } = Comparer<JobState>.Create((a, b) =>
        a.Submitted.CompareTo(b.Submitted) is var time and not 0 ? time : a.Spec.Id.CompareTo(b.Spec.Id));

    public int Count => _jobs.Count;

    public JobState this[int index] => _jobs[index];

    public void Add(JobState job)
    {
        if (_jobs.Count == 0 || order.Compare(_jobs[^1], job) < 0) _jobs.Add(job);
        else _jobs.Insert(~_jobs.BinarySearch(job, order), job);
    }

    public void Remove(JobState job) => _jobs.RemoveAt(_jobs.BinarySearch(job, order));

    public IEnumerator<JobState> GetEnumerator() => _jobs.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
