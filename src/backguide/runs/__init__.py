"""Running facts out of what watches and services write.

In:   FIT, TCX, GPX, the CSV of Strava and Garmin, the export of Apple Health; alone, in
      folders, gzipped, and in the archives that the services hand out.
Out:  activities, the weeks that they cover, and proposals for fields of the profile.

Nothing here answers a safety question, and nothing here writes: what is proposed counts
only after somebody has confirmed it. ``docs/runs.md`` says what of each format is
trusted, and why.

activity    one activity, as far as its source can be trusted
track       distance and moving time of points
words       names of sports
fit, tcx, gpx, apple, tables
            one reader for each format
guarded_xml XML without document types and entities; the only owner of lxml
files       which files there are, and which reader fits
summary     duplicates, days, weeks, and the proposals
"""
