-- SPDX-License-Identifier: Apache-2.0
-- wrk: one GET path, each time with another live session's cookie, and with the state cookie that
-- a browser has beside it since it signed in.
local cookies = {}
for line in io.lines(os.getenv("BENCH_COOKIES")) do cookies[#cookies + 1] = line end
local path, name, host = os.getenv("BENCH_PATH"), os.getenv("BENCH_COOKIE_NAME"), os.getenv("BENCH_HOST")
local state = os.getenv("BENCH_STATE") or ""
local at = 0
request = function()
  at = at % #cookies + 1
  return wrk.format("GET", path, { Host = host, Cookie = name .. "=" .. cookies[at] .. state,
    ["Sec-Fetch-Site"] = "same-site", ["Sec-Fetch-Mode"] = "navigate", ["Sec-Fetch-Dest"] = "iframe" })
end
